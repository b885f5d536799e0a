import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getSecure } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { root } from './docs-pages.ts';

/** The address that pages show, and that each run replaces by a free port. */
const SHOWN = '127.0.0.1:8080';

/**
 * A folder that looks like a clone to the commands of one page: `examples/` is a copy, `slipway` and `npx slipway` are this
 * checkout, and all state is in the folder.
 */
export class DocsShell implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-docs-'));
  readonly #port: number;
  readonly #servers: ChildProcess[] = [];

  private constructor(port: number) {
    this.#port = port;
  }

  static async open(): Promise<DocsShell> {
    const shell = new DocsShell(await freePort());
    shell.#prepare();
    return shell;
  }

  /** Runs a command; one that ends with `&` is a server, and is ready when this returns. */
  async run(command: string): Promise<{ readonly code: number; readonly output: string }> {
    const here = command.replaceAll(SHOWN, `127.0.0.1:${this.#port}`);
    if (here.endsWith('&')) {
      await this.#serve(here.slice(0, -1).trim());
      return { code: 0, output: '' };
    }
    const child = this.#start(here);
    const output = collect(child);
    const [code] = (await once(child, 'close')) as [number | null];
    return { code: code ?? -1, output: output().replaceAll(`127.0.0.1:${this.#port}`, SHOWN) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      const ended = server.exitCode === null ? once(server, 'close') : undefined;
      server.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #prepare(): void {
    const bin = join(this.#folder, '.bin');
    mkdirSync(bin);
    const launch = `exec "${process.execPath}" "${join(root, 'packages/slipway/bin/slipway.mjs')}" "$@"`;
    write(join(bin, 'slipway'), launch);
    write(join(bin, 'npx'), `[ "$1" = slipway ] || exit 127\nshift\n${launch}`);
    cpSync(join(root, 'examples'), join(this.#folder, 'examples'), { recursive: true });
    symlinkSync(join(root, 'fixtures'), join(this.#folder, 'fixtures'), 'junction');
  }

  #start(command: string): ChildProcess {
    const path = [join(this.#folder, '.bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
    const state = { SLIPWAY_HOME: join(this.#folder, '.home'), SLIPWAY_PORT: String(this.#port) };
    const env = { ...process.env, ...state, PATH: path, SLIPWAY_LOG: 'off', NO_COLOR: '1' };
    return spawn('bash', ['-c', command], { cwd: this.#folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  async #serve(command: string): Promise<void> {
    const server = this.#start(`exec ${command}`);
    this.#servers.push(server);
    const output = collect(server);
    for (let tries = 0; tries < 400; tries++) {
      if (server.exitCode !== null) break;
      if (await isReady(`${command.includes('--tls-cert') ? 'https' : 'http'}://127.0.0.1:${this.#port}/readyz`))
        return;
      await wait(50);
    }
    throw new Error(`${command} did not get ready: ${output()}`);
  }
}

/** Whoever signed its certificate: here it only matters whether the server answers. */
function isReady(url: string): Promise<boolean> {
  const get = url.startsWith('https') ? getSecure : getPlain;
  return new Promise((resolve) => {
    const request = get(url, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

function write(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** Gathers stdout and stderr as they come. */
function collect(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return () => output;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
