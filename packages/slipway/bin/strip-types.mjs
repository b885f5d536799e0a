/**
 * Lets Node ≥ 24 run our TypeScript sources below node_modules, where its own type stripping is off.
 * Slower at start than the compiled package (nothing is cached), otherwise the same.
 */
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { fileURLToPath } from 'node:url';

const packages = new URL('../../', import.meta.url);

/** Must run before the first import of a source file. */
export function install() {
  // Node tells on every use that stripTypeScriptTypes is young; that is nothing that our users can act on.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).includes('stripTypeScriptTypes')) emitWarning.call(process, warning, ...rest);
  };
  registerHooks({
    resolve(specifier, context, next) {
      const room = /^@slipway\/(\w+)(?:\/([\w/-]+))?$/.exec(specifier);
      if (!room) return next(specifier, context);
      const url = new URL(`${room[1]}/src/${room[2] ? `${room[2]}/` : ''}index.ts`, packages).href;
      return { url, format: 'module', shortCircuit: true };
    },
    load(url, context, next) {
      if (!url.startsWith(packages.href) || !url.endsWith('.ts')) return next(url, context);
      const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}
