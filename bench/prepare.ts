import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../test/services/cache.ts';
import { run } from '../test/services/run.ts';
import { venv } from '../test/services/venv.ts';

export const peersFolder = join(dirname(fileURLToPath(import.meta.url)), 'peers');

/** The last versions that skl2onnx converts. */
export const training = [
  'scikit-learn==1.7.2',
  'numpy==2.4.6',
  'scipy==1.17.1',
  'pandas==3.1.1',
  'joblib==1.6.0',
  'skl2onnx==1.20.0',
  'onnx==1.23.2',
  'onnxruntime==1.31.1',
];

const servers = {
  fast: ['fastapi==0.165.0', 'uvicorn==0.54.0', 'uvloop==0.23.0', 'httptools==0.9.0'],
  flask: ['flask==3.1.3', 'gunicorn==27.0.1'],
  litserve: ['litserve==0.2.19'],
  bentoml: ['bentoml==1.4.39'],
  mlflow: ['mlflow==3.17.2'],
  mlserver: ['mlserver==1.7.1', 'mlserver-sklearn==1.7.1'],
};

/** What the sections work with; everything is in the cache folder and made once. */
export interface Bench {
  /** Holds churn.joblib, churn.onnx, cancer.joblib, cancer.onnx, forest.joblib, rows.csv, churn.json, cancer.json. */
  readonly models: string;
  /** Python with scikit-learn, pandas, ONNX Runtime and FastAPI. */
  readonly python: string;
}

export async function prepare(): Promise<Bench> {
  say('Python environment');
  const python = await venv('bench', [...training, ...servers.fast]);
  return { models: await trained(python, 'train.py', 'models'), python };
}

/** The folder that a script of the peers fills with models; made once. */
export async function trained(python: string, name: string, title: string): Promise<string> {
  const script = join(peersFolder, name);
  const digest = createHash('sha256').update(readFileSync(script)).update(training.join()).digest('hex').slice(0, 8);
  const folder = join(cacheFolder, `bench-${title}-${digest}`);
  const ready = join(folder, '.ready');
  if (existsSync(ready)) return folder;
  say(`training, with ${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run(python, [script, folder]);
  writeFileSync(ready, '');
  return folder;
}

/** Python for a server that is not in the usual comparison: it brings much of its own. */
export async function pythonFor(name: Exclude<keyof typeof servers, 'fast'>): Promise<string> {
  say(`Python environment of ${name}`);
  return venv(`bench-${name}`, [...training, ...servers[name]]);
}

/** The shared library inside Python's own ONNX Runtime, so that all peers run the same one. */
export function onnxruntimeLibrary(python: string): string {
  const lib = join(dirname(dirname(python)), 'lib');
  const [version] = readdirSync(lib).filter((name) => name.startsWith('python3'));
  const folder = join(lib, version ?? 'python3', 'site-packages/onnxruntime/capi');
  const name = readdirSync(folder).find((file) => file.startsWith('libonnxruntime.so'));
  if (!name) throw new Error(`There is no libonnxruntime.so in ${folder}.`);
  return join(folder, name);
}

function say(what: string): void {
  process.stderr.write(`prepare: ${what}\n`);
}
