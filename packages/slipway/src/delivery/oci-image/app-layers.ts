import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail } from '@slipway/core/errors';
import { loadAsset } from '../assets.ts';
import type { DeliveredModel } from '../target.ts';
import { nonRoot } from './local-root.ts';
import { nodeArchitecture, type Architecture } from './platform.ts';
import type { Library } from './sbom.ts';
import type { TarEntry } from './tar.ts';

const text = (value: string) => new TextEncoder().encode(value);

/** Asks the server in the same container; the exit code says whether it lives. */
const healthCheck = `const port = process.env.SLIPWAY_PORT || process.env.PORT || process.env.AIP_HTTP_PORT || 8080;
fetch(\`http://127.0.0.1:\${port}/healthz\`, { signal: AbortSignal.timeout(2000) }).then(
  ({ ok }) => process.exit(ok ? 0 : 1),
  () => process.exit(1),
);
`;

/** The files of the server, by path. */
export async function serverFiles(): Promise<Map<string, Uint8Array>> {
  return new Map([...(await loadAsset('server')), ['healthcheck.mjs', text(healthCheck)]]);
}

/** The libraries that are bundled into the server. */
export async function bundledLibraries(): Promise<Library[]> {
  return JSON.parse(new TextDecoder().decode((await loadAsset('server')).get('libraries.json'))) as Library[];
}

/** The server and the one folder that it may write to. */
export async function serverEntries(): Promise<TarEntry[]> {
  const files = [...(await serverFiles())].map(([path, bytes]): TarEntry => ({ path: `app/${path}`, bytes }));
  return [...files, { path: 'var/lib/slipway', folder: true, owner: nonRoot }];
}

/** ONNX Runtime for one processor, without what is for others: RUNTIME_UNAVAILABLE where it is not installed here. */
export function onnxRuntimeFiles(architecture: Architecture): Map<string, Uint8Array> {
  const native = `bin/napi-v6/linux/${nodeArchitecture[architecture]}`;
  const home = packageFolder('onnxruntime-node');
  if (!existsSync(join(home, native))) throw unavailable(`ONNX Runtime for ${architecture}`);
  const common = packageFolder('onnxruntime-common', home);
  const isCode = (path: string) => /(?:\.js|\.json|\.node|\.so(?:\.\d+)*)$/.test(path);
  return new Map([
    ...filesOf(home, ['package.json', 'dist', native], isCode, 'node_modules/onnxruntime-node'),
    ...filesOf(common, ['package.json', 'dist/cjs'], isCode, 'node_modules/onnxruntime-common'),
  ]);
}

export function onnxRuntimeEntries(architecture: Architecture): TarEntry[] {
  return [...onnxRuntimeFiles(architecture)].map(([path, bytes]) => ({ path: `app/${path}`, bytes }));
}

/** Where a baked model lies. */
export function modelPlace(name: string): string {
  return `models/${name}`;
}

export function modelEntries({ name, pkg }: DeliveredModel): TarEntry[] {
  return [...pkg.files].map(([path, bytes]) => ({ path: `${modelPlace(name)}/${path}`, bytes }));
}

function packageFolder(name: string, from?: string): string {
  try {
    const require = createRequire(from === undefined ? import.meta.url : join(from, 'package.json'));
    return dirname(require.resolve(`${name}/package.json`));
  } catch {
    // A package may hide its package.json; then it lies beside.
    const beside = from === undefined ? undefined : join(dirname(from), name);
    if (beside !== undefined && existsSync(beside)) return beside;
    throw unavailable('ONNX Runtime');
  }
}

function unavailable(runtime: string) {
  return fail('RUNTIME_UNAVAILABLE', { runtime, advice: 'Install it beside Slipway: npm install onnxruntime-node' });
}

function filesOf(
  home: string,
  parts: readonly string[],
  isWanted: (path: string) => boolean,
  prefix: string,
): [string, Uint8Array][] {
  return parts.flatMap((part): [string, Uint8Array][] => {
    const path = join(home, part);
    if (!statSync(path).isDirectory()) return isWanted(part) ? [[`${prefix}/${part}`, readFileSync(path)]] : [];
    const names = readdirSync(path).toSorted();
    return filesOf(
      home,
      names.map((name) => `${part}/${name}`),
      isWanted,
      prefix,
    );
  });
}
