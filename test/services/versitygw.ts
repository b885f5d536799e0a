import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { cacheFolder } from './cache.ts';
import { freePort } from './free-port.ts';
import { run } from './run.ts';

const VERSION = 'v1.8.0';

export interface S3Server extends AsyncDisposable {
  /** What clients of AWS read to reach it. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts versitygw, an S3 server over a folder, with one bucket named `models`. Built once, kept in the cache. */
export async function startS3(folder: string): Promise<S3Server> {
  const bin = join(cacheFolder, `versitygw-${VERSION}`);
  const program = join(bin, 'versitygw');
  if (!existsSync(program)) {
    mkdirSync(bin, { recursive: true });
    const env = { ...process.env, GOBIN: bin };
    await run('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], { env, timeoutMs: 600_000 });
  }
  mkdirSync(join(folder, 'models'), { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const keys = { ROOT_ACCESS_KEY: 'suite', ROOT_SECRET_KEY: 'suite-secret' };
  const child = spawn(program, ['--port', host, 'posix', folder], {
    env: { ...process.env, ...keys },
    stdio: 'ignore',
  });
  for (let tries = 0; ; tries++) {
    if (await fetch(`http://${host}/`).catch(() => undefined)) break;
    if (tries > 200 || child.exitCode !== null) throw new Error('versitygw does not start');
    await wait(50);
  }
  return {
    env: {
      AWS_ACCESS_KEY_ID: keys.ROOT_ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: keys.ROOT_SECRET_KEY,
      AWS_ENDPOINT_URL_S3: `http://${host}`,
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
