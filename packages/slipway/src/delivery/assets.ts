import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fail } from '@slipway/core/errors';

/** What a bundle is made of. Paths are relative to `src/`. */
interface AssetSource {
  /** Becomes `index.mjs`. */
  readonly entry?: string;
  /** Further programs that the entry starts by their path. */
  readonly also?: readonly string[];
  /** Files and folders that the code reads by their path. */
  readonly files?: readonly string[];
  /** For hosts of other kinds than Node: one module that needs nothing beside it, and files by their own names. */
  readonly alone?: true;
}

/**
 * Code of ours that runs at the other end, bundled so that it starts fast. `npm run pack` bundles all of it once, beside the
 * compiled code; a checkout bundles what is asked for.
 */
export const assetSources = {
  /** A model without a server, on hosts that call a function. */
  edge: { entry: 'delivery/edge-entry.ts', alone: true },
  /** Parts of the server's pages, for pages elsewhere. */
  pages: { files: ['server/pages'], alone: true },
  /** The command line, `slipway serve` above all. */
  server: {
    entry: 'cli/bundled.ts',
    also: ['runtimes/threaded/thread.ts', 'journal/seal-worker.ts'],
    files: ['server/pages', '../package.json'],
  },
} as const satisfies Readonly<Record<string, AssetSource>>;

export type AssetName = keyof typeof assetSources;

/** The files of an asset by path; `index.mjs` is where it starts. */
export type Asset = ReadonlyMap<string, Uint8Array>;

const loaded = new Map<string, Promise<Asset>>();

/** Loads an asset, once for each process. */
export async function loadAsset(name: AssetName): Promise<Asset> {
  const known = loaded.get(name) ?? load(name);
  loaded.set(name, known);
  return await known;
}

async function load(name: AssetName): Promise<Asset> {
  const isCheckout = import.meta.url.endsWith('.ts');
  return isCheckout ? await bundled(name) : readFolder(fileURLToPath(new URL(`./assets/${name}`, import.meta.url)));
}

/** The bundler belongs to the checkout, not to the published package. */
async function bundled(name: AssetName): Promise<Asset> {
  const script = fileURLToPath(new URL('../../../../scripts/bundle-asset.ts', import.meta.url));
  try {
    const { bundleAsset } = (await import(pathToFileURL(script).href)) as {
      bundleAsset: (source: AssetSource) => Promise<Asset>;
    };
    return await bundleAsset(assetSources[name]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw fail(
      'RUNTIME_UNAVAILABLE',
      { runtime: 'the bundled server', advice: 'Install the package that `npm run pack` makes, or use a clone.' },
      { cause },
    );
  }
}

function readFolder(folder: string): Asset {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(folder.length + 1).replaceAll('\\', '/'), readFileSync(path)]),
  );
}
