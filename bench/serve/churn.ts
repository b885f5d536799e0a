import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../test/services/run.ts';
import { onnxruntimeLibrary, peersFolder, pythonFor, type Bench } from '../prepare.ts';
import { rustServer } from './cancer.ts';
import type { Peer, Workload } from './one-row.ts';
import { slipway } from './running.ts';

/** 7 columns, imputer, scaler, one-hot and 100 boosted trees. `all` adds Flask. */
export async function churn(bench: Bench, all: boolean): Promise<Workload> {
  const { models, python } = bench;
  const body = readFileSync(join(models, 'churn.json'), 'utf8');
  const usual = { path: '/predict', body };
  const sklearn = { MODEL: join(models, 'churn.joblib') };
  const onnx = { MODEL: join(models, 'churn.onnx') };
  const rust = await rustServer();
  const peers: Peer[] = [
    {
      ...usual,
      title: 'Slipway',
      command: (port) => [...slipway, 'serve', join(models, 'churn.joblib'), '--port', String(port)],
    },
    {
      ...usual,
      title: 'FastAPI + ONNX Runtime',
      command: (port) => uvicorn(python, 'fast_ort', port),
      env: () => onnx,
      wanted: 7,
    },
    {
      ...usual,
      title: 'FastAPI + scikit-learn',
      command: (port) => uvicorn(python, 'fast_sk', port),
      env: () => sklearn,
      wanted: 150,
      isSlow: true,
    },
    ...(all ? [await flask(usual, sklearn)] : []),
    await litServe(usual, sklearn),
    await bentoMl(body, sklearn),
    await mlflow(body, sklearn),
  ];
  if (rust) {
    const env = { ...onnx, ORT_DYLIB_PATH: onnxruntimeLibrary(python), WORKERS: '1' };
    peers.splice(1, 0, {
      title: 'Rust axum + ONNX Runtime',
      command: () => [rust],
      env: (port) => ({ ...env, PORT: String(port) }),
      path: '/churn',
      body,
      wanted: 2,
    });
  }
  return { title: 'churn: 7 columns, 100 boosted trees, one row as JSON', peers };
}

const address = (port: number) => ['--host', '127.0.0.1', '--port', String(port)];

function uvicorn(python: string, app: string, port: number): string[] {
  const quiet = ['--no-access-log', '--log-level', 'warning'];
  return [python, '-m', 'uvicorn', `${app}:app`, '--app-dir', peersFolder, ...address(port), ...quiet];
}

type Usual = Pick<Peer, 'path' | 'body'>;

async function flask(usual: Usual, env: NodeJS.ProcessEnv): Promise<Peer> {
  const python = await pythonFor('flask');
  const gunicorn = [python, '-m', 'gunicorn', '-w1', '--chdir', peersFolder];
  return {
    ...usual,
    title: 'Flask + gunicorn',
    command: (port) => [...gunicorn, '-b', `127.0.0.1:${port}`, 'flask_sk:app'],
    env: () => env,
    isSlow: true,
  };
}

async function litServe(usual: Usual, env: NodeJS.ProcessEnv): Promise<Peer> {
  const python = await pythonFor('litserve');
  return {
    ...usual,
    title: 'LitServe',
    command: () => [python, join(peersFolder, 'lit_sk.py')],
    env: (port) => ({ ...env, PORT: String(port) }),
    wanted: 100,
    isSlow: true,
  };
}

async function bentoMl(row: string, env: NodeJS.ProcessEnv): Promise<Peer> {
  const python = await pythonFor('bentoml');
  const bentoml = [python, '-m', 'bentoml', 'serve', 'bento_sk:Churn', '--working-dir', peersFolder];
  return {
    title: 'BentoML',
    command: (port) => [...bentoml, ...address(port)],
    env: (_port, home) => ({ ...env, BENTOML_DO_NOT_TRACK: 'True', BENTOML_HOME: home }),
    path: '/predict',
    body: JSON.stringify({ row: JSON.parse(row) as unknown }),
    wanted: 100,
    isSlow: true,
  };
}

async function mlflow(row: string, env: NodeJS.ProcessEnv): Promise<Peer> {
  const python = await pythonFor('mlflow');
  const bin = join(python, '..');
  const serve = [join(bin, 'mlflow'), 'models', 'serve', '--env-manager', 'local', '--workers', '1'];
  return {
    title: 'MLflow models serve',
    prepare: async (home) => {
      await run(python, [join(peersFolder, 'mlflow_model.py'), join(home, 'model')], {
        env: { ...process.env, ...env },
      });
      return {};
    },
    command: (port, home) => [...serve, '--model-uri', join(home, 'model'), ...address(port)],
    // It starts uvicorn by its name, which would write a line for each request.
    env: () => ({
      PATH: `${bin}:${process.env['PATH']}`,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      UVICORN_LOG_LEVEL: 'warning',
    }),
    path: '/invocations',
    body: JSON.stringify({ dataframe_records: [JSON.parse(row) as unknown] }),
    wanted: 100,
    isSlow: true,
  };
}
