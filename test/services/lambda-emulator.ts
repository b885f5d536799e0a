import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';

/** The package of AWS's own command line that brings the emulator as a program. */
const wheel = 'aws-sam-cli==1.170.0';

/** Path of AWS's Runtime Interface Emulator. */
async function emulator(): Promise<string> {
  const folder = join(cacheFolder, `lambda-rie-${createHash('sha256').update(wheel).digest('hex').slice(0, 8)}`);
  const program = join(folder, `aws-lambda-rie-${process.arch === 'arm64' ? 'arm64' : 'x86_64'}`);
  if (existsSync(program)) return program;
  mkdirSync(cacheFolder, { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  try {
    await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', draft, wheel]);
    const unpack = `import glob, sys, zipfile
for path in glob.glob(sys.argv[1] + '/*.whl'):
    archive = zipfile.ZipFile(path)
    for name in archive.namelist():
        if '/rapid/aws-lambda-rie-' in name:
            open(sys.argv[1] + '/' + name.split('/')[-1], 'wb').write(archive.read(name))`;
    await run('python3', ['-c', unpack, draft]);
    for (const arch of ['arm64', 'x86_64']) chmodSync(join(draft, `aws-lambda-rie-${arch}`), 0o755);
    if (!existsSync(program)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return program;
}

export interface EmulatedFunction {
  /** Sends an event; the time is what the caller sees, in milliseconds. */
  invoke(event: unknown): Promise<{ readonly result: unknown; readonly ms: number }>;
  stop(): void;
}

/** A function in a folder behind the emulator. Its process starts with the first event. */
export async function startFunction(folder: string): Promise<EmulatedFunction> {
  const [program, port, api] = [await emulator(), await freePort(), await freePort()];
  const flags = [
    '--runtime-interface-emulator-address',
    `127.0.0.1:${port}`,
    '--runtime-api-address',
    `127.0.0.1:${api}`,
  ];
  const runtime = [process.execPath, join(import.meta.dirname, 'lambda-runtime.mjs'), folder];
  const env = { PATH: process.env['PATH'], AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', _HANDLER: 'index.handler' };
  const child = spawn(program, [...flags, ...runtime], { env, stdio: 'ignore', detached: true });
  const url = `http://127.0.0.1:${port}/2015-03-31/functions/function/invocations`;
  await listening(port);
  return {
    async invoke(event) {
      const began = performance.now();
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event) });
      const result = (await response.json()) as unknown;
      return { result, ms: performance.now() - began };
    },
    stop: () => process.kill(-child.pid!, 'SIGKILL'),
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    // Anything but an invocation is 404.
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error('the emulator did not start');
}
