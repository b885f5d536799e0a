import { fail } from '../../errors/index.ts';
import type { TreeTable } from '../../ir/index.ts';
import { corrupt } from './corrupt.ts';
import type { Document } from './document.ts';

/** A split on categories: those of the set go right. */
export interface CategorySplit {
  readonly node: number;
  readonly categories: readonly number[];
}

export interface BoosterTree extends TreeTable {
  readonly values: Float32Array;
  readonly categorySplits: readonly CategorySplit[];
}

/** What a booster file holds, in the terms of xgboost/src/tree and src/gbm. */
export interface Booster {
  readonly objective: string;
  /** Numbers per row before the transform: classes or targets. */
  readonly groups: number;
  readonly numClass: number;
  readonly features: number;
  readonly names: readonly string[] | undefined;
  /** `q`, `float`, `int`, `i`, `c` by feature; empty when unknown. */
  readonly types: readonly string[];
  /** Category values by feature where the file knows them (3.1 and later). */
  readonly categories: ReadonlyMap<number, readonly (string | number)[]>;
  /** In prediction space, one per group. */
  readonly baseScore: readonly number[];
  readonly trees: readonly BoosterTree[];
  /** Group of each tree; trees with vector leaves serve all groups. */
  readonly treeGroup: ArrayLike<number>;
  readonly vectorLeaves: boolean;
  /** First tree of each boosting round, and the number of trees at the end. */
  readonly rounds: readonly number[];
  /** gblinear: [features, groups] and a bias per group. */
  readonly linear: { readonly weights: Float32Array; readonly bias: Float32Array } | undefined;
  readonly bestIteration: number | undefined;
  readonly version: string | undefined;
  /** Written by the scikit-learn wrapper's save_model: `classifier`, `regressor`, `ranker`. */
  readonly wrapperType: string | undefined;
}

/** Beyond this a file lies about its classes. */
const MOST_GROUPS = 100_000;

/** Reads a model, or a pickled booster's handle: `{Model, Config}`. */
export function readBooster(root: Document): Booster {
  const document = root.find('Model') ?? root;
  const learner = document.get('learner');
  const params = learner.get('learner_model_param');
  const numClass = params.get('num_class').number();
  const groups = Math.max(1, numClass, params.find('num_target')?.number() ?? 1);
  const features = params.get('num_feature').number();
  if (!(groups <= MOST_GROUPS))
    throw fail('LIMIT_EXCEEDED', { format: 'XGBoost', what: 'the number of classes or targets', limit: MOST_GROUPS });
  const booster = learner.get('gradient_booster');
  const name = booster.get('name').text();
  const names = learner.find('feature_names')?.strings();
  const attributes = learner.find('attributes');
  const parallel = parallelTrees(root, attributes);
  const common = {
    objective: learner.get('objective').get('name').text(),
    groups,
    numClass,
    features,
    names: names?.length ? names : undefined,
    types: learner.find('feature_types')?.strings() ?? [],
    baseScore: parseBaseScore(params.find('base_score')?.text() ?? '0.5', groups),
    bestIteration: attributes?.find('best_iteration')?.number(),
    version: document.has('version') ? Array.from(document.get('version').numbers()).join('.') : undefined,
    wrapperType: wrapperType(attributes),
  };
  switch (name) {
    case 'gbtree':
      return { ...common, ...readTrees(booster.get('model'), features, groups, parallel), linear: undefined };
    case 'dart':
      return {
        ...common,
        ...readTrees(
          booster.get('gbtree').get('model'),
          features,
          groups,
          parallel,
          booster.get('weight_drop').numbers(),
        ),
        linear: undefined,
      };
    case 'gblinear':
      return { ...common, ...noTrees, linear: readLinear(booster.get('model'), features, groups) };
    default:
      throw fail('UNSUPPORTED_MODEL', {
        path: 'booster',
        what: name,
        why: ': only gbtree, dart and gblinear are known',
        advice: 'Train with booster="gbtree".',
      });
  }
}

const noTrees = {
  trees: [],
  treeGroup: [],
  vectorLeaves: false,
  rounds: [0],
  categories: new Map<number, (string | number)[]>(),
};

function parseBaseScore(text: string, groups: number): number[] {
  const numbers = text
    .replace(/[[\]]/g, '')
    .split(',')
    .map((part) => Math.fround(Number(part)));
  if (numbers.some(Number.isNaN) || (numbers.length !== 1 && numbers.length !== groups))
    throw corrupt(`base_score ${JSON.stringify(text)}`);
  return numbers.length === groups ? numbers : Array.from({ length: groups }, () => numbers[0] as number);
}

function wrapperType(attributes: Document | undefined): string | undefined {
  const text = attributes?.find('scikit_learn')?.text();
  return text === undefined ? undefined : /"_estimator_type":\s*"(\w+)"/.exec(text)?.[1];
}

/**
 * Trees of a round where the model itself does not count them (before 1.6): in the training parameters of a pickled
 * booster, or in what early stopping found.
 */
function parallelTrees(root: Document, attributes: Document | undefined): number {
  const trained = root.find('Config')?.find('learner')?.find('gradient_booster');
  const params = (trained?.find('gbtree') ?? trained)?.find('gbtree_train_param');
  const told = params?.find('num_parallel_tree')?.number();
  if (told !== undefined) return told;
  const rounds = (attributes?.find('best_iteration')?.number() ?? 0) + 1;
  return (attributes?.find('best_ntree_limit')?.number() ?? rounds) / rounds;
}

function readTrees(model: Document, features: number, groups: number, parallel: number, weights?: ArrayLike<number>) {
  const documents = model.get('trees').items();
  const vectorLeaves = documents.some((tree) => (tree.get('tree_param').find('size_leaf_vector')?.number() ?? 0) > 1);
  const trees = documents.map((tree, i) => readTree(tree, vectorLeaves ? groups : 1, weights?.[i] ?? 1));
  const treeGroup = model.get('tree_info').numbers();
  if (treeGroup.length !== trees.length) throw corrupt('tree_info does not fit the trees');
  const declared = model.get('gbtree_model_param').find('num_parallel_tree')?.number() ?? 0;
  const perRound = Math.max(1, Math.round(Math.max(declared, parallel))) * (vectorLeaves ? 1 : groups);
  const counted = Array.from({ length: Math.floor(trees.length / perRound) + 1 }, (_, i) => i * perRound);
  const rounds = model.has('iteration_indptr') ? Array.from(model.get('iteration_indptr').numbers()) : counted;
  return { trees, treeGroup, vectorLeaves, rounds, categories: readCategories(model.find('cats'), features) };
}

function readTree(tree: Document, outputs: number, weight: number): BoosterTree {
  const left = tree.get('left_children').numbers();
  const conditions = tree.get('split_conditions').numbers();
  const count = left.length;
  const values = new Float32Array(count * outputs);
  if (outputs === 1)
    for (let i = 0; i < count; i++) values[i] = Math.fround(Math.fround(conditions[i] as number) * Math.fround(weight));
  else fillVectorLeaves(tree, left, outputs, values);
  return {
    feature: tree.get('split_indices').numbers(),
    threshold: Float32Array.from(conditions),
    left,
    right: tree.get('right_children').numbers(),
    missingLeft: tree.get('default_left').numbers(),
    values,
    categorySplits: readCategorySplits(tree),
  };
}

/** Vector leaves: `leaf_weights` by leaf index, which a leaf keeps as its right child; before 3.1 `base_weights` by node. */
function fillVectorLeaves(tree: Document, left: ArrayLike<number>, outputs: number, values: Float32Array): void {
  const compact = tree.find('leaf_weights')?.numbers();
  const weights = compact ?? tree.get('base_weights').numbers();
  const right = tree.get('right_children').numbers();
  for (let node = 0; node < left.length; node++) {
    if ((left[node] as number) >= 0) continue;
    const from = (compact && compact.length < left.length * outputs ? (right[node] as number) : node) * outputs;
    for (let k = 0; k < outputs; k++) {
      const weight = weights[from + k];
      if (weight === undefined) throw corrupt('a leaf without weights');
      values[node * outputs + k] = weight;
    }
  }
}

function readCategorySplits(tree: Document): CategorySplit[] {
  const nodes = tree.find('categories_nodes')?.numbers() ?? [];
  if (!nodes.length) return [];
  const all = tree.get('categories').numbers();
  const segments = tree.get('categories_segments').numbers();
  const sizes = tree.get('categories_sizes').numbers();
  return Array.from(nodes, (node, i) => {
    const start = segments[i] ?? -1;
    const size = sizes[i] ?? -1;
    if (!(start >= 0 && size >= 0 && start + size <= all.length))
      throw corrupt(`the categories of the split at node ${node} are not there`);
    return { node, categories: Array.from({ length: size }, (_, c) => all[start + c] as number) };
  });
}

/** `cats.enc`: for each feature the values behind its codes; offsets and bytes for texts, numbers otherwise. */
function readCategories(cats: Document | undefined, features: number): Map<number, (string | number)[]> {
  const found = new Map<number, (string | number)[]>();
  const encodings = cats?.find('enc')?.items() ?? [];
  if (encodings.length !== features) return found;
  encodings.forEach((encoding, feature) => {
    const values = encoding.find('values')?.numbers();
    if (!values?.length) return;
    const offsets = encoding.find('offsets')?.numbers();
    const categories = offsets ? readTexts(Uint8Array.from(values), offsets) : Array.from(values);
    if (categories) found.set(feature, categories);
  });
  return found;
}

/**
 * XGBoost 3.1 counts letters where it should count bytes (`npstr_to_arrow_strarr`): of texts beyond ASCII the last are
 * lost, and the file knows only codes. Undefined for those.
 */
function readTexts(bytes: Uint8Array, offsets: ArrayLike<number>): string[] | undefined {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const texts = Array.from({ length: Math.max(0, offsets.length - 1) }, (_, i) =>
      decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])),
    );
    return new Set(texts).size === texts.length ? texts : undefined;
  } catch {
    return undefined;
  }
}

function readLinear(model: Document, features: number, groups: number) {
  const all = model.get('weights').numbers();
  if (all.length !== (features + 1) * groups) throw corrupt('the weights of gblinear do not fit its features');
  const flat = Float32Array.from(all);
  return { weights: flat.slice(0, features * groups), bias: flat.slice(features * groups) };
}
