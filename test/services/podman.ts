import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { aptInstall } from './install.ts';
import { run, type RunResult } from './run.ts';

const config = join(import.meta.dirname, 'containers/containers.conf');

/** A container that runs on the host's network. */
export interface Container {
  readonly url: string;
  readonly logs: () => Promise<string>;
  /** SIGTERM; the exit code. */
  stop(): Promise<number>;
}

/** Podman with images and containers in a folder of its own. */
export class Podman implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'slipway-podman-'));
  readonly #names: string[] = [];

  static async install(): Promise<Podman> {
    await aptInstall('/usr/bin/podman', 'podman', 'runc', 'netavark', 'aardvark-dns', 'iptables', 'uidmap');
    return new Podman();
  }

  async run(...args: readonly string[]): Promise<RunResult> {
    const place = ['--root', join(this.#folder, 'root'), '--runroot', join(this.#folder, 'run')];
    return await run('podman', [...place, '--storage-driver', 'vfs', ...args], {
      env: { ...process.env, CONTAINERS_CONF: config },
    });
  }

  /** Pulls by plain HTTP from a registry on this machine. */
  async pull(image: string): Promise<void> {
    await this.run('pull', '--quiet', '--tls-verify=false', image);
  }

  /** Starts an image as a careful host would: read-only root, no capabilities. Waits until it answers `path`. */
  async start(image: string, { args = [], environment = {}, path = '/readyz' }: StartOptions = {}): Promise<Container> {
    const port = await freePort();
    const name = `slipway-${port}`;
    const variables = Object.entries({ SLIPWAY_PORT: String(port), ...environment });
    const careful = ['--network=host', '--read-only', '--cap-drop=ALL', '--security-opt=no-new-privileges'];
    const mounts = ['--tmpfs=/tmp', '--volume=/var/lib/slipway'];
    const given = variables.flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    await this.run('run', '--detach', '--name', name, ...careful, ...mounts, ...given, image, ...args);
    this.#names.push(name);
    const url = `http://127.0.0.1:${port}`;
    const logs = async () => {
      const { stdout, stderr } = await this.run('logs', name);
      return stdout + stderr;
    };
    for (let tries = 0; ; tries++) {
      const answer = await fetch(url + path).catch(() => undefined);
      if (answer?.ok) break;
      if (tries > 1200) throw new Error(`${image} does not answer: ${await logs()}`);
      await wait(50);
    }
    return {
      url,
      logs,
      stop: async () => {
        await this.run('stop', '--time', '20', name);
        const { stdout } = await this.run('inspect', name, '--format', '{{.State.ExitCode}}');
        return Number(stdout);
      },
    };
  }

  async exec(container: Container, ...command: readonly string[]): Promise<RunResult> {
    return await this.run('exec', `slipway-${new URL(container.url).port}`, ...command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) await this.run('rm', '--force', '--volumes', '--time', '0', name).catch(() => {});
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly path?: string;
}
