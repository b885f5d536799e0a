import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rolldown, type Plugin } from 'rolldown';

export const root = resolve(import.meta.dirname, '..');

/** The server's own pages, whose parts the site shares. */
export const serverPages = join(root, 'packages/slipway/src/server/pages');

/** Scripts of those pages. */
const shared: Readonly<Record<string, string>> = {
  'virtual:answer': join(serverPages, 'answer.js'),
  'virtual:row-form': join(serverPages, 'row-form.js'),
};

/** Files that the page offers to those who have none at hand. */
const samples: Readonly<Record<string, string>> = {
  'churn.joblib': 'examples/churn/model.joblib',
  'hostile.pkl': 'fixtures/hostile/reduce-os-system-p0.pkl',
};

/** The scripts of the page that converts: the page's own, which holds its worker's as text. */
export async function bundleConvert(): Promise<string> {
  const virtual = new Map<string, string>();
  const constant = (name: string, value: unknown) =>
    virtual.set(`virtual:${name}`, `export const ${name} = ${JSON.stringify(value)};`);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  constant('version', version);
  constant('runtime', await bundleEdge());
  constant('worker', await bundle('site/convert/worker.ts', 'iife', virtual));
  const encoded = Object.entries(samples).map(([name, path]) => [name, readFileSync(join(root, path), 'base64')]);
  constant('samples', Object.fromEntries(encoded));
  return await bundle('site/convert/main.ts', 'esm', virtual);
}

/** What answers a compiled model, without the compiler: one file. */
export function bundleEdge(): Promise<string> {
  return bundle('packages/edge/src/open-predictor.ts', 'esm', new Map());
}

/** One minified file of an entry and everything that it imports. */
async function bundle(entry: string, format: 'esm' | 'iife', virtual: ReadonlyMap<string, string>): Promise<string> {
  const texts: Plugin = {
    name: 'texts',
    resolveId: (id) => (virtual.has(id) ? id : shared[id]),
    load: (id) => virtual.get(id),
  };
  const build = await rolldown({ input: join(root, entry), plugins: [texts], platform: 'browser', logLevel: 'warn' });
  try {
    const { output } = await build.generate({ format, minify: true, codeSplitting: false });
    const [{ code }, ...more] = output;
    if (more.length > 0) throw new Error(`${entry} became ${output.length} files`);
    return code;
  } finally {
    await build.close();
  }
}
