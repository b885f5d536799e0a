import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServed } from '../packages/slipway/src/cli/load-served.ts';
import { ModelPlane, type ServedModel } from '../packages/slipway/src/engine/index.ts';
import { makePackage } from '../packages/slipway/src/intake/index.ts';
import { startServer, type RunningServer, type ServerOptions } from '../packages/slipway/src/server/index.ts';

/** Imports a model file and loads it as `slipway serve` does. */
export async function servedFile(path: string, name: string): Promise<ServedModel> {
  const home = mkdtempSync(join(tmpdir(), 'slipway-serve-'));
  try {
    const { pkg } = await makePackage(path, { home });
    return await loadServed({ pkg, name, version: undefined }, undefined);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** A server with these models, by name. */
export async function serveFiles(
  files: Readonly<Record<string, string>>,
  options: Partial<ServerOptions> = {},
): Promise<RunningServer> {
  const plane = new ModelPlane();
  for (const [name, path] of Object.entries(files)) await plane.serve([name], () => servedFile(path, name));
  return startServer({ plane, version: '0.0.0', port: 0, ...options });
}
