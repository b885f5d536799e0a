/** Modules that are joined go on finding what lies beside them. Plain JavaScript that Node 20 understands. */
import { parseAst } from 'rolldown/parseAst';

/**
 * A plugin that puts in place of `import.meta.url` what it was: `placeOf(id)` is the module's place, relative to the joined files. The same
 * words inside of texts stay, which are for programs elsewhere.
 */
export function ownPlaces(home, placeOf) {
  return {
    name: 'own-places',
    transform(code, id) {
      if (!id.startsWith(home) || !code.includes('import.meta.url')) return null;
      const there = `new URL(${JSON.stringify(placeOf(id))}, import.meta.url).href`;
      const found = addresses(parseAst(code, { lang: id.endsWith('.ts') ? 'ts' : 'js' }, id));
      return found
        .toSorted((a, b) => b.start - a.start)
        .reduce((text, { start, end }) => text.slice(0, start) + there + text.slice(end), code);
    },
  };
}

/** All `import.meta.url` of a syntax tree. */
function addresses(node) {
  if (typeof node !== 'object' || node === null) return [];
  if (node.type === 'MemberExpression' && node.object.type === 'MetaProperty' && node.property.name === 'url')
    return [node];
  return Object.values(node).flatMap(addresses);
}
