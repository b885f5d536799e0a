/**
 * Bundles what delivery sends elsewhere. As a program it bundles every asset into packages/slipway/dist/delivery/assets/:
 * `npm run pack` does that.
 */
import { mkdirSync, readFileSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { ownPlaces } from './places.mjs';

interface Source {
  readonly entry?: string;
  readonly also?: readonly string[];
  readonly files?: readonly string[];
  readonly alone?: true;
}

const slipway = resolve(import.meta.dirname, '../packages/slipway');
const source = join(slipway, 'src');

/**
 * Bundles an entry of `packages/slipway/src`: `index.mjs` and flat chunks, minified. Beside them is a tree `slipway/` with the
 * files that the code reads by their path, and with stubs for the programs that it starts by theirs.
 */
export async function bundleAsset(from: Source): Promise<ReadonlyMap<string, Uint8Array>> {
  const { entry, also = [], files = [], alone } = from;
  if (alone) {
    const code = entry === undefined ? [] : [['index.mjs', await bundleAlone(join(source, entry))] as const];
    const named = files.flatMap((path) => filesAt(join(source, path)));
    return new Map([...code, ...named.map(([place, bytes]) => [place.replace(/^.*\//, ''), bytes] as const)]);
  }
  if (entry === undefined) throw new Error('An asset that is no program is `alone`.');
  const programs = also.map((path) => [nameOf(path), join(source, path)] as const);
  const bundle = await rolldown({
    input: { index: join(source, entry), ...Object.fromEntries(programs) },
    platform: 'node',
    external: [/^node:/, 'onnxruntime-node', /scripts\/bundle-asset/],
    plugins: [ownPlaces(source, (id: string) => `./${placeOf(id)}`)],
  });
  const bytes = (text: string | Uint8Array) => (typeof text === 'string' ? new TextEncoder().encode(text) : text);
  try {
    const { output } = await bundle.generate({
      format: 'es',
      minify: true,
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
    });
    const code = output.map((file) => [file.fileName, file.type === 'chunk' ? bytes(file.code) : bytes(file.source)]);
    const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
    const stubs = also.map((path) => {
      const place = placeOf(join(source, path));
      const up = '../'.repeat(place.split('/').length - 1);
      return [place, bytes(`import '${up}${nameOf(path)}.mjs';\n`)] as const;
    });
    return new Map([
      ...(code as [string, Uint8Array][]),
      ...stubs,
      ...noticesOf(modules),
      ...files.flatMap((path) => filesAt(join(source, path))),
      ['slipway/bin/slipway.mjs', bytes("import '../../index.mjs';\n")] as const,
    ]);
  } finally {
    await bundle.close();
  }
}

/** Libraries that are in it, `libraries.json`, and their licences. */
function noticesOf(modules: readonly string[]): [string, Uint8Array][] {
  const homes = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const libraries = [...homes].toSorted().map((home) => {
    const { name, version, license } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as Library;
    const notice = readdirSync(home).find((file) => /^licen[cs]e/i.test(file));
    return { name, version, license, notice: notice && readFileSync(join(home, notice)) };
  });
  const listed = libraries.map(({ name, version, license }) => ({ name, version, license }));
  return [
    ['libraries.json', new TextEncoder().encode(`${JSON.stringify(listed, null, 1)}\n`)],
    ...libraries.flatMap(({ name, notice }): [string, Uint8Array][] =>
      notice ? [[`licenses/${name.replace('/', '-')}.txt`, notice]] : [],
    ),
  ];
}

interface Library {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** One minified module for any host of JavaScript. */
async function bundleAlone(entry: string): Promise<Uint8Array> {
  const bundle = await rolldown({ input: entry, platform: 'browser' });
  try {
    const { output } = await bundle.generate({ format: 'es', minify: true, codeSplitting: false });
    if (output.length > 1) throw new Error(`${entry} became ${output.length} files`);
    return new TextEncoder().encode(output[0].code);
  } finally {
    await bundle.close();
  }
}

/** `slipway/dist/server/pages/page.css` for a source file, `slipway/package.json` for what is above `src/`. */
function placeOf(path: string): string {
  const below = relative(slipway, path).replaceAll('\\', '/');
  return `slipway/${below.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js')}`;
}

function nameOf(path: string): string {
  return path.replace(/^.*\//, '').replace(/\.ts$/, '');
}

function filesAt(path: string): [string, Uint8Array][] {
  if (statSync(path).isFile()) return [[placeOf(path), readFileSync(path)]];
  return readdirSync(path)
    .filter((name) => !name.endsWith('.ts'))
    .toSorted()
    .flatMap((name) => filesAt(join(path, name)));
}

if (import.meta.main) {
  const { assetSources } = await import('../packages/slipway/src/delivery/assets.ts');
  for (const [name, from] of Object.entries(assetSources)) {
    const folder = join(slipway, 'dist/delivery/assets', name);
    for (const [path, bytes] of await bundleAsset(from)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
  }
}
