import { joinTrees, ops, type TreeTable, type Value } from '../../ir/index.ts';
import type { Features } from '../model/features.ts';
import { isSinglePrecision, pandasColumns } from './columns.ts';
import { corrupt, type LightgbmModel, type LightgbmTree, type MissingRule } from './text.ts';

/** `kZeroThreshold`, a float32: what counts as zero where zero is missing. */
const ZERO = 1.0000000180025095e-35;

/** Raw scores [N, groups] in float64: the sum of the trees in order. Random forest mode averages later, see {@link averaged}. */
export function rawScore(model: LightgbmModel, input: Features, iterations?: number): Value {
  if (input.width !== model.features) throw corrupt(`it takes ${model.features} columns, not ${input.width}`);
  const count = iterations === undefined ? model.trees.length : Math.min(model.trees.length, iterations * model.groups);
  const trees = model.trees.slice(0, count);
  if (!trees.length || trees.length % model.groups) throw corrupt(`${trees.length} trees for ${model.groups} scores`);
  const x = numbersOf(model, input);
  const { tables, columns } = prepare(model, trees, x);
  return trees.some((tree) => tree.linear)
    ? linearSum(trees, tables, columns, x, model.groups)
    : ops.forest(columns, joinTrees(tables, 1, columns.width, '<='), { turns: model.groups });
}

/** What the objective transforms: the score, or in random forest mode its mean over the iterations. */
export function averaged(model: LightgbmModel, raw: Value, iterations?: number): Value {
  const all = model.trees.length / model.groups;
  return model.average ? ops.divide(raw, iterations === undefined ? all : Math.min(all, iterations)) : raw;
}

/** Float64 columns; pandas categories become codes, unseen ones are missing. */
function numbersOf(model: LightgbmModel, input: Features): Value {
  const byColumn = pandasColumns(model);
  const columns = ops.concat(
    Array.from({ length: input.width }, (_, at) => {
      const known = byColumn.get(at);
      if (!known) return input.number(at);
      const isText = known.some((category) => typeof category === 'string');
      const keys = known.map((category) => (typeof category === 'boolean' ? Number(category) : category));
      const booleans = known.every((category) => typeof category === 'boolean');
      const code = ops.cast(
        ops.codes(isText ? input.text(at) : input.number(at), { keys, closed: false, booleans }),
        'float64',
      );
      return ops.where(ops.less(code, 0), NaN, code);
    }),
  );
  return isSinglePrecision(model) ? ops.cast(ops.cast(columns, 'float32'), 'float64') : columns;
}

interface Derived {
  readonly column: number;
  readonly feature: number;
  readonly make: (x: Value) => Value;
}

/**
 * Splits read columns in which their rule for missing values is carried out already: NaN where a value counts as
 * missing (Zero, NaN), 0 in place of NaN (None), and -1 or 0 for membership in a category set.
 */
function prepare(
  model: LightgbmModel,
  trees: readonly LightgbmTree[],
  x: Value,
): { tables: TreeTable[]; columns: Value } {
  const derived = new Map<string, Derived>();
  const columnOf = (key: string, feature: number, make: Derived['make']): number => {
    const known = derived.get(key) ?? { column: derived.size, feature, make };
    derived.set(key, known);
    return known.column;
  };
  const tables = trees.map((tree): TreeTable => {
    const feature = Int32Array.from(tree.feature);
    const threshold = Float64Array.from(tree.threshold);
    const missingLeft = Uint8Array.from(tree.missingLeft ?? []);
    tree.missing.forEach((rule, node) => {
      const own = feature[node] as number;
      if (!(own >= 0 && own < model.features)) throw corrupt(`splits on feature ${own} of ${model.features}`);
      const set = tree.categories[node];
      if (!set) {
        feature[node] = columnOf(`${own}:${rule}`, own, (column) => withMissing(column, rule));
        threshold[node] = besideZero(threshold[node] as number);
        return;
      }
      feature[node] = columnOf(`${own}:{${set.join()}}`, own, (column) => membership(column, set));
      threshold[node] = -0.5;
      missingLeft[node] = 0;
    });
    return { feature, threshold, left: tree.left, right: tree.right, missingLeft, values: tree.values };
  });
  const columns = [...derived.values()].map(({ feature, make }) => make(ops.select(x, [feature])));
  return { tables, columns: columns.length ? ops.concat(columns) : x };
}

/** The largest number below −{@link ZERO}. */
const BELOW_ZERO = -1.0000000180025096e-35;

/**
 * Prediction drops numbers as small as {@link ZERO} from a row (`RowPairFunctionFromDenseMatric`), so they count as 0
 * and fall on its side of a threshold between them.
 */
function besideZero(threshold: number): number {
  if (Math.abs(threshold) > ZERO) return threshold;
  return threshold < 0 ? BELOW_ZERO : ZERO;
}

function withMissing(x: Value, rule: MissingRule): Value {
  if (rule === 'nan') return x;
  if (rule === 'none') return ops.impute(x, [0]);
  return ops.where(ops.lessOrEqual(ops.absolute(x), ZERO), NaN, x);
}

/** -1 for members of the set, which go left; 0 for all others, missing ones included (in C++ NaN becomes a negative code). */
function membership(x: Value, set: readonly number[]): Value {
  const codes = Math.max(-1, ...set) + 1;
  const table = new Float64Array(codes + 1);
  for (const category of set) table[category] = -1;
  return ops.tableByCode(x, table, 1);
}

/** Linear trees: the number of each tree's leaf picks a constant and a row of coefficients. */
function linearSum(
  trees: readonly LightgbmTree[],
  tables: readonly TreeTable[],
  columns: Value,
  x: Value,
  turns: number,
): Value {
  let leaves = 0;
  const constant: number[] = [];
  const fallback: number[] = [];
  const models: NonNullable<LightgbmTree['linear']>[] = [];
  const numbered = tables.map((table, t): TreeTable => {
    const tree = trees[t] as LightgbmTree;
    const values = new Float64Array(tree.values.length);
    for (let node = 0; node < values.length; node++) {
      if ((tree.left[node] as number) >= 0) continue;
      values[node] = leaves++;
      constant.push(tree.linear?.get(node)?.constant ?? (tree.values[node] as number));
      fallback.push(tree.values[node] as number);
    }
    models.push(tree.linear ?? new Map());
    return { ...table, values };
  });
  const coefficients = new Float64Array(leaves * x.width);
  const used = new Float64Array(leaves * x.width);
  numbered.forEach(({ values }, t) => {
    for (const [node, model] of models[t] as NonNullable<LightgbmTree['linear']>) {
      const row = (values[node] as number) * x.width;
      model.features.forEach((feature, i) => {
        if (!(feature >= 0 && feature < x.width)) throw corrupt(`a linear leaf uses feature ${feature} of ${x.width}`);
        coefficients[row + feature] = model.coefficients[i] as number;
        used[row + feature] = 1;
      });
    }
  });
  const reached = ops.eachTree(columns, joinTrees(numbered, 1, columns.width, '<='));
  return ops.linearLeaves(reached, x, {
    constant: Float64Array.from(constant),
    coefficients,
    used,
    fallback: Float64Array.from(fallback),
    turns,
  });
}

/** The objective without its parameters, and its parameters: `binary sigmoid:1`. */
function parseObjective(objective: string): { name: string; flags: ReadonlyMap<string, string> } {
  const [name = '', ...rest] = objective.split(' ');
  return { name, flags: new Map(rest.map((part) => part.split(':') as [string, string])) };
}

export type Converted =
  | { readonly kind: 'binary'; readonly p: Value }
  | { readonly kind: 'classes'; readonly probabilities: Value }
  | { readonly kind: 'number'; readonly value: Value };

/** `ConvertOutput` of the objective (src/objective). Custom objectives answer the raw score. */
export function convertOutput(objective: string, raw: Value): Converted {
  const { name, flags } = parseObjective(objective);
  const slope = Number(flags.get('sigmoid') ?? 1);
  switch (name) {
    case 'binary':
      return { kind: 'binary', p: sigmoid(ops.multiply(raw, slope)) };
    case 'cross_entropy':
    case 'xentropy':
      return { kind: 'number', value: sigmoid(raw) };
    case 'cross_entropy_lambda':
    case 'xentlambda':
      return { kind: 'number', value: ops.logarithm(ops.add(ops.exponential(raw), 1)) };
    case 'multiclass':
    case 'softmax':
      return { kind: 'classes', probabilities: ops.softmax(raw) };
    case 'multiclassova':
    case 'multiclass_ova':
    case 'ova':
    case 'ovr':
      return { kind: 'classes', probabilities: sigmoid(ops.multiply(raw, slope)) };
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return { kind: 'number', value: ops.exponential(raw) };
    case 'regression':
      return { kind: 'number', value: flags.has('sqrt') ? ops.multiply(ops.sign(raw), ops.multiply(raw, raw)) : raw };
    default:
      return { kind: 'number', value: raw };
  }
}

function sigmoid(z: Value): Value {
  return ops.divide(ops.constant([1]), ops.add(ops.exponential(ops.negate(z)), 1));
}
