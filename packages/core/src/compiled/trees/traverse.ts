import type { Code, Constant } from '../code.ts';
import { groupsOf, type Forest } from './forest.ts';

/** Sums in variables up to this many columns, else in an array. */
const maxVariables = 8;

/** Names of a forest's arrays in generated code. */
interface Arrays {
  readonly feature: string;
  readonly threshold: string;
  readonly next: string;
  readonly missing: string;
  readonly table: string;
}

/** Adds up all trees for the features in `x` (from `start` on) into `target`. */
export function writeRowTraversal(
  code: Code,
  forest: Forest,
  round: (sum: string) => string,
  x: string,
  start: string,
  target: (column: number) => string,
): void {
  const arrays = declare(code, forest);
  for (const { base, trees } of groupsOf(forest)) {
    const roots = Int32Array.from(trees, (member) => forest.roots[member] as number);
    const columns = Array.from({ length: forest.width }, (_, k) => base + k);
    const areVariables = columns.length <= maxVariables;
    const sums = columns.map((column) => {
      if (areVariables) return code.variable('0');
      code.line(`${target(column)} = 0;`);
      return target(column);
    });
    const rootNames = code.program.constant(roots, () => ({ kind: 'int32', data: roots }));
    const tree = code.program.name('t');
    code.open(`for (let ${tree} = 0; ${tree} < ${roots.length}; ${tree}++)`);
    const leaf = writeDescent(
      code,
      forest,
      arrays,
      `${rootNames}[${tree}]`,
      (feature) => `${x}[${plus(start, feature)}]`,
    );
    writeSums(code, forest, arrays, leaf, sums, round);
    code.close();
    if (areVariables) columns.forEach((column, k) => code.line(`${target(column)} = ${sums[k]};`));
  }
}

/**
 * The same for `rows` rows of features in `x`, added to what is in `out`: each tree goes over all rows before the next one begins, so that its
 * nodes stay in the cache.
 */
export function writeBlockTraversal(
  code: Code,
  forest: Forest,
  round: (sum: string) => string,
  { x, features, out, rows }: { x: string; features: number; out: string; rows: string },
): void {
  const arrays = declare(code, forest);
  const roots = code.program.constant(forest.roots, () => ({ kind: 'int32', data: forest.roots }));
  const areSame = forest.base.every((base) => base === forest.base[0]);
  const bases = areSame
    ? String(forest.base[0])
    : code.program.constant(forest.base, () => ({ kind: 'int32', data: forest.base }));
  const name = (prefix: string) => code.program.name(prefix);
  const [tree, row, root, at, from, base] = [name('t'), name('q'), name('n'), name('p'), name('f'), name('b')];
  code.open(`for (let ${tree} = 0; ${tree} < ${forest.roots.length}; ${tree}++)`);
  code.line(`const ${root} = ${roots}[${tree}];`);
  code.line(`const ${base} = ${areSame ? bases : `${bases}[${tree}]`};`);
  code.open(
    `for (let ${row} = 0, ${from} = 0, ${at} = ${base}; ${row} < ${rows}; ${row}++, ${from} += ${features}, ${at} += ${forest.outputs})`,
  );
  const leaf = writeDescent(code, forest, arrays, root, (feature) => `${x}[${from} + ${feature}]`);
  const sums = Array.from({ length: forest.width }, (_, k) => `${out}[${at}${k === 0 ? '' : ` + ${k}`}]`);
  writeSums(code, forest, arrays, leaf, sums, round);
  code.close();
  code.close();
}

/** Walks from a root to a leaf and returns the variable that holds the leaf. */
function writeDescent(
  code: Code,
  forest: Forest,
  arrays: Arrays,
  root: string,
  x: (feature: string) => string,
): string {
  const node = code.variable(root);
  const feature = code.variable(`${arrays.feature}[${node}]`);
  code.open(`while (${feature} >= 0)`);
  const value = x(feature);
  const threshold = `${arrays.threshold}[${node}]`;
  const missing = missingRule(forest);
  let holds = `${value} <= ${threshold}`;
  if (missing === 'always') holds = `!(${value} > ${threshold})`;
  if (missing === 'mixed') {
    const held = code.bind(value);
    holds = `${held} <= ${threshold} || (${held} !== ${held} && ${arrays.missing}[${node}] !== 0)`;
  }
  code.line(`${node} = ${holds} ? ${node} + 1 : ${arrays.next}[${node}];`);
  code.line(`${feature} = ${arrays.feature}[${node}];`);
  code.close();
  return node;
}

function writeSums(
  code: Code,
  { width }: Forest,
  arrays: Arrays,
  leaf: string,
  sums: readonly string[],
  round: (sum: string) => string,
): void {
  if (width === 1) {
    code.line(`${sums[0]} = ${round(`${sums[0]} + ${arrays.table}[${arrays.next}[${leaf}]]`)};`);
    return;
  }
  const row = code.bind(`${arrays.next}[${leaf}] * ${width}`);
  sums.forEach((sum, k) => code.line(`${sum} = ${round(`${sum} + ${arrays.table}[${row} + ${k}]`)};`));
}

/** How NaN goes: never where a comparison holds, always, or as each node says. A threshold of NaN is no comparison. */
function missingRule({ feature, missing, threshold }: Forest): 'never' | 'always' | 'mixed' {
  let [some, all] = [false, true];
  for (let node = 0; node < feature.length; node++) {
    if ((feature[node] as number) < 0) continue;
    if (missing[node]) some = true;
    if (all && (!missing[node] || Number.isNaN(threshold[node]))) all = false;
    if (some && !all) return 'mixed';
  }
  return !some ? 'never' : all ? 'always' : 'mixed';
}

function declare(code: Code, forest: Forest): Arrays {
  const int32 = (data: Int32Array) => code.program.constant(data, (): Constant => ({ kind: 'int32', data }));
  const float64 = (data: Float64Array) => code.program.constant(data, (): Constant => ({ kind: 'float64', data }));
  return {
    feature: int32(forest.feature),
    threshold: float64(forest.threshold),
    next: int32(forest.next),
    missing:
      missingRule(forest) === 'mixed'
        ? code.program.constant(forest.missing, (): Constant => ({ kind: 'uint8', data: forest.missing }))
        : '',
    table: float64(forest.table),
  };
}

function plus(start: string, feature: string): string {
  return start === '0' ? feature : `${start} + ${feature}`;
}
