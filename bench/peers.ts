import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Target } from './load.ts';
import { onnxruntimeLibrary, peersFolder, pythonFor, rustServer, type Bench } from './prepare.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The command line of this checkout, run by the Node that runs the benchmark. */
export const slipway = [process.execPath, join(root, 'packages/slipway/bin/slipway.mjs')];

/** A server to compare: how it starts on a port, and what is sent to it. */
export interface Peer {
  readonly title: string;
  readonly command: (port: number) => readonly string[];
  readonly env?: (port: number) => NodeJS.ProcessEnv;
  readonly path: string;
  readonly body: string;
}

/** The same row for all servers of a workload; the first is ours. */
export interface Workload {
  readonly title: string;
  readonly peers: readonly Peer[];
}

export const target = (peer: Peer, port: number): Target => ({ port, path: peer.path, body: peer.body });

/** `all` adds the servers that are too slow to matter: Flask, LitServe, BentoML. */
export async function workloads(bench: Bench, all: boolean): Promise<Workload[]> {
  return [
    { title: 'churn: 7 columns, 100 boosted trees, one row as JSON', peers: await churn(bench, all) },
    { title: 'cancer: 30 columns, logistic regression, one row as JSON', peers: await cancer(bench) },
  ];
}

async function churn(bench: Bench, all: boolean): Promise<Peer[]> {
  const { models, python } = bench;
  const body = readFileSync(join(models, 'churn.json'), 'utf8');
  const sklearn = { MODEL: join(models, 'churn.joblib') };
  const uvicorn = (app: string) => (port: number) => [
    python,
    '-m',
    'uvicorn',
    `${app}:app`,
    '--app-dir',
    peersFolder,
    ...address(port),
    '--no-access-log',
    '--log-level',
    'warning',
  ];
  const usual: Peer[] = [
    { title: 'Slipway', command: serve(join(models, 'churn.joblib')), path: '/predict', body },
    { title: 'FastAPI + scikit-learn', command: uvicorn('fast_sk'), env: () => sklearn, path: '/predict', body },
    {
      title: 'FastAPI + ONNX Runtime',
      command: uvicorn('fast_ort'),
      env: () => ({ MODEL: join(models, 'churn.onnx') }),
      path: '/predict',
      body,
    },
  ];
  if (!all) return usual;
  const [flask, litserve, bentoml] = [
    await pythonFor('flask'),
    await pythonFor('litserve'),
    await pythonFor('bentoml'),
  ];
  return [
    ...usual,
    {
      title: 'Flask + gunicorn',
      command: (port) => [
        flask,
        '-m',
        'gunicorn',
        '-w1',
        '-b',
        `127.0.0.1:${port}`,
        '--chdir',
        peersFolder,
        'flask_sk:app',
      ],
      env: () => sklearn,
      path: '/predict',
      body,
    },
    {
      title: 'LitServe',
      command: () => [litserve, join(peersFolder, 'lit_sk.py')],
      env: (port) => ({ ...sklearn, PORT: String(port) }),
      path: '/predict',
      body,
    },
    {
      title: 'BentoML',
      command: (port) => [
        bentoml,
        '-m',
        'bentoml',
        'serve',
        'bento_sk:Churn',
        '--working-dir',
        peersFolder,
        ...address(port),
      ],
      env: () => ({ ...sklearn, BENTOML_DO_NOT_TRACK: 'True' }),
      path: '/predict',
      body: JSON.stringify({ row: JSON.parse(body) as unknown }),
    },
  ];
}

const address = (port: number) => ['--host', '127.0.0.1', '--port', String(port)];

async function cancer(bench: Bench): Promise<Peer[]> {
  const body = readFileSync(join(bench.models, 'cancer.json'), 'utf8');
  const rust = await rustServer();
  const peers: Peer[] = [
    { title: 'Slipway', command: serve(join(bench.models, 'cancer.joblib')), path: '/predict', body },
    {
      title: 'node:http, JSON echo',
      command: () => [process.execPath, join(peersFolder, 'echo.mjs')],
      env: (port) => ({ PORT: String(port) }),
      path: '/predict',
      body,
    },
  ];
  if (!rust) return peers;
  const env = {
    MODEL: join(bench.models, 'cancer.onnx'),
    ORT_DYLIB_PATH: onnxruntimeLibrary(bench.python),
    WORKERS: '1',
  };
  return [
    ...peers,
    {
      title: 'Rust axum + ONNX Runtime',
      command: () => [rust],
      env: (port) => ({ ...env, PORT: String(port) }),
      path: '/predict',
      body: JSON.stringify({ inputs: [JSON.parse(body) as unknown] }),
    },
  ];
}

function serve(model: string): Peer['command'] {
  return (port) => [...slipway, 'serve', model, '--port', String(port)];
}
