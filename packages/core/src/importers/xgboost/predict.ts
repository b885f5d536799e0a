import { fail } from '../../errors/index.ts';
import { joinTrees, ops, type TreeTable, type Value } from '../../ir/index.ts';
import type { Features } from '../model/features.ts';
import type { Booster, BoosterTree } from './booster.ts';
import { corrupt } from './corrupt.ts';

/** Raw margins [N, groups] in float32: base, then each tree in order. `rounds` cuts after early stopping. */
export function marginOf(
  booster: Booster,
  input: Features,
  { rounds, missing }: { rounds?: number | undefined; missing: number },
): Value {
  if (input.width !== booster.features) throw corrupt(`it takes ${booster.features} columns, not ${input.width}`);
  const x = numbersOf(booster, input, missing);
  const base = booster.baseScore.map((score) => linkOf(booster, score));
  // gblinear.cc adds the base score of the first group to all of them.
  if (booster.linear) return linearMargin(booster.linear, x, base.fill(base[0] as number));
  const end =
    rounds === undefined
      ? booster.trees.length
      : (booster.rounds[Math.min(rounds, booster.rounds.length - 1)] as number);
  const trees = inTurns(booster, end);
  if (!trees.length)
    return ops.add(
      ops.multiply(
        ops.select(
          ops.cast(zeroed(x), 'float32'),
          Array.from({ length: booster.groups }, () => 0),
        ),
        0,
      ),
      base,
    );
  const { tables, columns } = withCategorySplits(trees, x);
  const outputs = booster.vectorLeaves ? booster.groups : 1;
  return ops.forest(columns, joinTrees(tables, outputs, columns.width, '<'), {
    base,
    turns: booster.vectorLeaves ? 1 : booster.groups,
    dtype: 'float32',
  });
}

/** Float32 columns (as float64 values); the file's own categories turn texts into codes. */
function numbersOf(booster: Booster, input: Features, missing: number): Value {
  const roundsFirst = Number.parseInt(booster.version ?? '0', 10) < 2;
  const columns = Array.from({ length: input.width }, (_, at) => {
    const known = booster.categories.get(at);
    if (known) {
      const isText = known.some((category) => typeof category === 'string');
      const code = ops.codes(isText ? input.text(at) : input.number(at), { keys: known, closed: false });
      const number = ops.cast(code, 'float64');
      return ops.where(ops.less(number, 0), NaN, number); // unseen and missing alike
    }
    const x = input.number(at);
    if (Number.isNaN(missing)) return x;
    // Before 2.0 rows were float32 already when they were compared.
    const compared = roundsFirst ? ops.cast(ops.cast(x, 'float32'), 'float64') : x;
    return ops.where(ops.equal(compared, Math.fround(missing)), NaN, x);
  });
  const all = ops.concat(columns);
  // What a sparse matrix does not store is missing.
  const stored = input.sparse ? ops.where(ops.equal(all, 0), NaN, all) : all;
  return ops.cast(ops.cast(stored, 'float32'), 'float64');
}

/** `ProbToMargin` of the objective, in float32. */
function linkOf({ objective, version }: Pick<Booster, 'objective' | 'version'>, score: number): number {
  // Before 1.0 files held the margin itself.
  if (version?.startsWith('0.')) return score;
  switch (objective) {
    case 'binary:logitraw':
      // Up to 1.2 the raw objective had the transform of the logistic one.
      return before13(version) ? linkOf({ objective: 'binary:logistic', version }, score) : score;
    case 'reg:logistic':
    case 'binary:logistic':
      return Math.fround(-Math.fround(Math.log(Math.fround(Math.fround(1 / score) - 1))));
    case 'count:poisson':
    case 'reg:gamma':
    case 'reg:tweedie':
    case 'survival:cox':
    case 'survival:aft':
      return Math.fround(Math.log(score));
    default:
      return score;
  }
}

function before13(version: string | undefined): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major === 1 && minor < 3;
}

/** Trees of the groups taking turns, each group in its own order; a missing turn is a tree that adds nothing. */
function inTurns(booster: Booster, end: number): BoosterTree[] {
  const trees = booster.trees.slice(0, end);
  if (booster.vectorLeaves || booster.groups === 1) return trees;
  const byGroup: BoosterTree[][] = Array.from({ length: booster.groups }, () => []);
  trees.forEach((tree, i) => {
    const group = byGroup[booster.treeGroup[i] as number];
    if (!group) throw corrupt(`tree ${i} belongs to group ${booster.treeGroup[i]} of ${booster.groups}`);
    group.push(tree);
  });
  const longest = Math.max(...byGroup.map((group) => group.length));
  return Array.from({ length: longest }, (_, round) => byGroup.map((group) => group[round] ?? nothing)).flat();
}

const nothing: BoosterTree = {
  feature: [0],
  threshold: [0],
  left: [-1],
  right: [-1],
  missingLeft: [0],
  values: new Float32Array(1),
  categorySplits: [],
};

/**
 * Splits on category sets become splits on derived columns: 1 for categories that go right, 0 for all others
 * (also unknown ones), NaN where the column is missing.
 */
function withCategorySplits(trees: readonly BoosterTree[], x: Value): { tables: TreeTable[]; columns: Value } {
  const derived = new Map<string, { feature: number; categories: readonly number[]; column: number }>();
  const tables = trees.map((tree): TreeTable => {
    if (!tree.categorySplits.length) return tree;
    const feature = Int32Array.from(tree.feature);
    const threshold = Float64Array.from(tree.threshold);
    for (const { node, categories } of tree.categorySplits) {
      const own = feature[node];
      if (own === undefined || !(own >= 0 && own < x.width)) throw corrupt(`a category split at node ${node}`);
      const key = `${own}:${categories.join()}`;
      const known = derived.get(key) ?? { feature: own, categories, column: x.width + derived.size };
      derived.set(key, known);
      feature[node] = known.column;
      threshold[node] = 0.5;
    }
    return { ...tree, feature, threshold };
  });
  if (!derived.size) return { tables, columns: x };
  const byFeature = Map.groupBy(derived.values(), (split) => split.feature);
  const blocks = new Map<number, Value>();
  for (const [feature, splits] of byFeature) {
    const codes = Math.max(...splits.flatMap((split) => split.categories)) + 1;
    if (!Number.isSafeInteger(codes) || codes * splits.length > 50_000_000) {
      throw fail('LIMIT_EXCEEDED', { format: 'XGBoost', what: 'the number of categories', limit: '50 million' });
    }
    const table = new Float64Array((codes + 1) * splits.length);
    splits.forEach((split, j) => {
      for (const category of split.categories) table[category * splits.length + j] = 1;
    });
    const column = ops.select(x, [feature]);
    const looked = ops.tableByCode(column, table, splits.length);
    blocks.set(feature, ops.where(ops.isMissing(column), NaN, looked));
  }
  // Derived columns in the order of their numbers.
  const parts = [...derived.values()].map((split) => {
    const splits = byFeature.get(split.feature) as (typeof split)[];
    return ops.select(blocks.get(split.feature) as Value, [splits.indexOf(split)]);
  });
  return { tables, columns: ops.concat([x, ...parts]) };
}

function zeroed(x: Value): Value {
  return ops.where(ops.isMissing(x), 0, x);
}

/** gblinear skips missing values. */
function linearMargin({ weights, bias }: NonNullable<Booster['linear']>, x: Value, base: readonly number[]): Value {
  const groups = bias.length;
  const features = weights.length / groups;
  const transposed = new Float64Array(weights.length);
  for (let f = 0; f < features; f++)
    for (let k = 0; k < groups; k++) transposed[k * features + f] = weights[f * groups + k] as number;
  const total = Float64Array.from(bias, (b, k) => Math.fround(b + (base[k] as number)));
  return ops.linear(ops.cast(zeroed(x), 'float32'), transposed, total);
}

const one = (): Value => ops.constant([1], 'float32');

/** 1 / (1 + exp(−z)) in float32. */
export function sigmoid32(z: Value): Value {
  return ops.divide(one(), ops.add(exponential32(ops.negate(z)), 1));
}

/** `expf` as the C library has it: the float32 that is nearest. Executors have their own, with other last bits. */
function exponential32(z: Value): Value {
  return ops.cast(ops.exponential(ops.cast(z, 'float64')), 'float32');
}

/** `common::Softmax`: powers in float32, their sum in float64, rounded before it divides. */
function softmax32(z: Value): Value {
  const powers = exponential32(ops.subtract(z, ops.largest(z)));
  const sum = ops.sum(ops.cast(powers, 'float64'));
  return ops.divide(powers, ops.cast(sum, 'float32'));
}

export function bothClasses32(p: Value): Value {
  return ops.concat([ops.subtract(one(), p), p]);
}

export type Transformed =
  | { readonly kind: 'binary'; readonly p: Value }
  | { readonly kind: 'classes'; readonly probabilities: Value; readonly hard: boolean }
  | { readonly kind: 'number'; readonly value: Value };

/** `PredTransform` of the objective. */
export function transform(objective: string, margin: Value): Transformed {
  switch (objective) {
    case 'binary:logistic':
      return { kind: 'binary', p: sigmoid32(margin) };
    case 'binary:logitraw':
      return { kind: 'binary', p: margin };
    case 'binary:hinge':
      return { kind: 'binary', p: ops.cast(ops.greater(margin, 0), 'float32') };
    case 'multi:softprob':
      return { kind: 'classes', probabilities: softmax32(margin), hard: false };
    case 'multi:softmax':
      return { kind: 'classes', probabilities: softmax32(margin), hard: true };
    case 'reg:logistic':
      return { kind: 'number', value: sigmoid32(margin) };
    case 'count:poisson':
    case 'reg:gamma':
    case 'reg:tweedie':
    case 'survival:cox':
    case 'survival:aft':
      return { kind: 'number', value: exponential32(margin) };
    case 'reg:squarederror':
    case 'reg:linear':
    case 'reg:absoluteerror':
    case 'reg:squaredlogerror':
    case 'reg:pseudohubererror':
    case 'reg:quantileerror':
    case 'reg:expectileerror':
    case 'rank:pairwise':
    case 'rank:ndcg':
    case 'rank:map':
      return { kind: 'number', value: margin };
    default:
      throw fail('UNSUPPORTED_MODEL', {
        path: 'booster',
        what: `the objective ${objective}`,
        why: ': its output transform is not known',
        advice: 'Train with a built-in objective.',
      });
  }
}
