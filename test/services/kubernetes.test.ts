import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { run } from './run.ts';
import { venv } from './venv.ts';

const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-kubernetes-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function build(target: string, ...options: string[]): Promise<string> {
  const out = join(home, `${target}-${options.length}`);
  const slipway = join(root, 'packages/slipway/bin/slipway.mjs');
  const file = join(root, 'examples/churn/model.joblib');
  const words = ['build', file, '--name', 'churn', '--target', target, '--container', 'registry.example/churn:3'];
  await run(process.execPath, [slipway, ...words, ...options, '--out', out, '--home', home]);
  return out;
}

const python = () => venv('kubernetes', ['kubernetes-validate==1.37.0', 'PyYAML==6.0.3']);

test("the manifests pass the schemas of Kubernetes' own API, strictly", async () => {
  const schemas = await python();
  const plain = await build('kubernetes', '--host', 'churn.example');
  const canary = await build('kubernetes', '--host', 'churn.example', '--canary', '10', '--namespace', 'models');
  for (const folder of [plain, canary]) {
    const files = readdirSync(join(folder, 'kustomize')).filter((name) => name !== 'kustomization.yaml');
    expect(files.length).toBe(6);
    const program = `import sys, yaml, kubernetes_validate
for path in sys.argv[1:]:
    kubernetes_validate.validate(yaml.safe_load(open(path)), '1.37', strict=True)`;
    await run(schemas, ['-c', program, ...files.map((name) => join(folder, 'kustomize', name))]);
  }
}, 300_000);

test("the manifests pass KServe's schemas", async () => {
  const schemas = await python();
  const baked = await build('kserve');
  const stored = await build('kserve', '--storage', 'oci://registry.example/churn-model:3', '--canary', '10');
  const program = `import gzip, json, sys, yaml, jsonschema
for path in sys.argv[2:]:
    document = yaml.safe_load(open(path))
    kind, version = document['kind'].lower(), document['apiVersion'].split('/')[1]
    schema = json.load(gzip.open(f'{sys.argv[1]}/{kind}_{version}.json.gz'))
    jsonschema.Draft7Validator(schema).validate(document)
    print(kind)`;
  const folder = join(import.meta.dirname, 'kserve-schemas');
  const files = [
    join(baked, 'inference-service.yaml'),
    join(stored, 'inference-service.yaml'),
    join(stored, 'serving-runtime.yaml'),
  ];
  const { stdout } = await run(schemas, ['-c', program, folder, ...files]);
  expect(stdout.trim().split('\n')).toEqual(['inferenceservice', 'inferenceservice', 'servingruntime']);
}, 300_000);
