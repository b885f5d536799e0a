import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { venv } from './venv.ts';

/** AWS' control plane as moto plays it. */
export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** What leads every AWS client there. */
  readonly environment: Readonly<Record<string, string>>;
  /** A Python with botocore. */
  readonly python: string;
}

export async function startMoto(): Promise<Moto> {
  const python = await venv('moto', ['moto[server]==5.2.5', 'boto3']);
  const port = await freePort();
  const args = ['-H', '127.0.0.1', '-p', String(port)];
  const child = spawn(join(dirname(python), 'moto_server'), args, { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    if ((await fetch(`${url}/moto-api/`).catch(() => undefined))?.ok) break;
    if (tries > 1200 || child.exitCode !== null) throw new Error('moto does not start');
    await wait(50);
  }
  return {
    url,
    python,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
