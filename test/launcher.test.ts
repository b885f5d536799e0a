import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const bin = resolve(dirname(fileURLToPath(import.meta.url)), '../packages/slipway/bin');
const folder = mkdtempSync(join(tmpdir(), 'slipway-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `child` through the launcher's respawn; signals go to the launcher, which is what users see. */
function launch(child: string) {
  writeFileSync(join(folder, 'child.mjs'), child);
  const launcher = `import { respawn } from ${JSON.stringify(pathToFileURL(join(bin, 'respawn.mjs')).href)};
    respawn(process.execPath, [${JSON.stringify(join(folder, 'child.mjs'))}, ...process.argv.slice(2)]);`;
  writeFileSync(join(folder, 'launcher.mjs'), launcher);
  const running = spawn(process.execPath, [join(folder, 'launcher.mjs'), 'a b', '--c'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let printed = '';
  running.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  const ended = once(running, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return { running, ended, printed: () => printed };
}

test('arguments, input, output and exit code pass through', async () => {
  const { running, ended, printed } = launch(`process.stdin.on('data', (text) => {
    console.log(process.argv.slice(2).join('|'), String(text).trim());
    process.exit(7);
  });`);
  running.stdin.write('hello\n');
  expect(await ended).toEqual([7, null]);
  expect(printed()).toBe('a b|--c hello\n');
});

test('a signal lets the child end in its own way', async () => {
  const { running, ended } = launch(`setInterval(() => {}, 1000);
    process.on('SIGTERM', () => process.exit(3));
    console.log('ready');`);
  await once(running.stdout, 'data');
  running.kill('SIGTERM');
  expect(await ended).toEqual([3, null]);
});

test('a child that dies of a signal is seen to die of it', async () => {
  const { ended } = launch(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`);
  expect(await ended).toEqual([null, 'SIGKILL']);
});

test('joined modules belong to the sources as they are: every change of one, and none of a test, leads elsewhere', async () => {
  const { joinedFolder } = (await import(pathToFileURL(join(bin, 'joined.mjs')).href)) as {
    joinedFolder: (root: string) => string | undefined;
  };
  const root = join(folder, 'checkout');
  const write = (path: string, text: string, at: number) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    utimesSync(join(root, path), at, at);
  };
  for (const name of ['core', 'edge', 'slipway']) write(`packages/${name}/src/a.ts`, 'a', 1000);
  expect(joinedFolder(root), 'an installed package').toBe(undefined);
  write('scripts/join.mjs', '', 1000);
  const first = joinedFolder(root);
  expect(first).toContain(join(root, '.cache'));
  write('packages/core/src/a.test.ts', 'test', 2000);
  expect(joinedFolder(root)).toBe(first);
  write('packages/core/src/a.ts', 'b', 1001);
  const edited = joinedFolder(root);
  expect(edited).not.toBe(first);
  write('packages/core/src/room/b.ts', '', 500);
  expect(joinedFolder(root)).not.toBe(edited);
});
