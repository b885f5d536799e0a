import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onnxruntimeLibrary, peersFolder, type Bench } from '../prepare.ts';
import { rustProgram } from '../rust.ts';
import type { Peer, Workload } from './one-row.ts';
import { slipway } from './running.ts';

export const rustServer = (): Promise<string | undefined> => rustProgram(join(peersFolder, 'rust-ort'));

/** 30 columns, logistic regression: what is left is HTTP. Ours counts, and asks for a key. */
export async function cancer(bench: Bench): Promise<Workload> {
  const body = readFileSync(join(bench.models, 'cancer.json'), 'utf8');
  const rust = await rustServer();
  const peers: Peer[] = [
    {
      title: 'Slipway, with a key',
      command: (port) => [...slipway, 'serve', join(bench.models, 'cancer.joblib'), '--port', String(port)],
      prepare: key,
      path: '/predict',
      body,
    },
    {
      title: 'node:http, JSON echo',
      command: () => [process.execPath, join(peersFolder, 'echo.mjs')],
      env: (port) => ({ PORT: String(port) }),
      path: '/predict',
      body,
      wanted: 0.8,
    },
  ];
  if (rust) {
    const env = {
      MODEL: join(bench.models, 'cancer.onnx'),
      ORT_DYLIB_PATH: onnxruntimeLibrary(bench.python),
      WORKERS: '1',
    };
    peers.push({
      title: 'Rust axum + ONNX Runtime',
      command: () => [rust],
      env: (port) => ({ ...env, PORT: String(port) }),
      path: '/predict',
      body: JSON.stringify({ inputs: [JSON.parse(body) as unknown] }),
    });
  }
  return { title: 'cancer: 30 columns, logistic regression, one row as JSON', peers };
}

/** A key in a home, as a header. */
async function key(home: string): Promise<Record<string, string>> {
  const [program, ...words] = [...slipway, 'keys', 'create', 'bench', '--json'];
  const env = { ...process.env, SLIPWAY_HOME: home };
  const { stdout } = await promisify(execFile)(program, words, { env });
  return { 'x-api-key': (JSON.parse(stdout) as { key: string }).key };
}
