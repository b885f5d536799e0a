import { existsSync } from 'node:fs';
import { run } from './run.ts';

/** Installs Debian packages unless one of its programs is there. */
export async function aptInstall(program: string, ...names: string[]): Promise<void> {
  if (existsSync(program)) return;
  const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env });
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env });
}
