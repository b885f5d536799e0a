import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
  bentoml: ['bentoml==1.4.40'],
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
  const script = join(peersFolder, 'train.py');
  const digest = createHash('sha256').update(readFileSync(script)).update(training.join()).digest('hex').slice(0, 8);
  const models = join(cacheFolder, `bench-models-${digest}`);
  const ready = join(models, '.ready');
  if (!existsSync(ready)) {
    say('training the models');
    rmSync(models, { recursive: true, force: true });
    mkdirSync(models, { recursive: true });
    await run(python, [script, models]);
    writeFileSync(ready, '');
  }
  return { models, python };
}

/** Python for a server that is not in the usual comparison: it brings much of its own. */
export async function pythonFor(name: 'flask' | 'litserve' | 'bentoml'): Promise<string> {
  say(`Python environment of ${name}`);
  return venv(`bench-${name}`, [...training, ...servers[name]]);
}

/** Builds the Rust server; undefined where there is no cargo. */
export async function rustServer(): Promise<string | undefined> {
  const source = join(peersFolder, 'rust-ort');
  const text = readFileSync(join(source, 'src/main.rs'), 'utf8') + readFileSync(join(source, 'Cargo.toml'), 'utf8');
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  const folder = join(cacheFolder, `bench-rust-${digest}`);
  const binary = join(folder, 'target/release/rust-ort');
  if (existsSync(binary)) return binary;
  try {
    await run('cargo', ['--version']);
  } catch {
    say('no cargo: without the Rust server');
    return undefined;
  }
  say('building the Rust server');
  // In the cache: cargo writes beside the sources.
  cpSync(source, folder, { recursive: true });
  await run('cargo', ['build', '--release', '--quiet'], { cwd: folder, timeoutMs: 900_000 });
  return binary;
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
