import { fail } from '../../errors/index.ts';
import type { Statistic, StatisticsTable } from '../../pre/index.ts';
import { Document } from '../xgboost/document.ts';
import {
  columnNames,
  corrupt,
  listSplits,
  readInfo,
  symmetricTree,
  type CatboostModel,
  type CatboostTree,
  type OneHotFeature,
  type StatisticFeature,
} from './model.ts';

/** Reads a model saved with `format='json'`. */
export function readCatboostJson(bytes: Uint8Array): CatboostModel {
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'CatBoost', problem: 'the JSON is incomplete or damaged' }, { cause });
  }
  const document = new Document(root as never);
  const features = document.get('features_info');
  const floatDocuments = features.find('float_features')?.items() ?? [];
  const categoryDocuments = features.find('categorical_features')?.items() ?? [];
  if (features.has('text_features') || features.has('embedding_features')) throw unsupportedFeatures();
  const floats = floatDocuments.map((feature) => ({
    flat: feature.get('flat_feature_index').number(),
    borders: Float32Array.from(bordersOf(feature)),
    nanIsGreater: feature.find('nan_value_treatment')?.text() === 'AsTrue',
  }));
  const oneHots = categoryDocuments.flatMap((feature, category): OneHotFeature[] =>
    feature.has('values') ? [{ category, values: Int32Array.from(feature.get('values').numbers()) }] : [],
  );
  const { statistics, tables } = readStatistics(document, features);
  const splits = listSplits(floats, oneHots, statistics);
  const [scale, bias] = document.get('scale_and_bias').items();
  const biases = bias?.isList() ? Array.from(bias.numbers()) : [bias?.number() ?? 0];
  const info = document.get('model_info').raw() as Record<string, unknown>;
  const dimension = biases.length;
  const trees = document.has('oblivious_trees')
    ? document
        .get('oblivious_trees')
        .items()
        .map((tree) => readSymmetric(tree, dimension))
    : document
        .get('trees')
        .items()
        .map((tree) => readNested(tree, dimension));
  return {
    dimension,
    names: namesOf([...floatDocuments, ...categoryDocuments]),
    floats,
    categories: categoryDocuments.map((feature) => feature.get('flat_feature_index').number()),
    splits,
    trees,
    statistics: statistics.map(({ statistic }) => statistic),
    tables,
    scale: scale?.number() ?? 1,
    bias: biases,
    info: readInfo((key) => info[key]),
  };
}

/** Before 1.1 a column without a split has `null` for its borders. */
function bordersOf(feature: Document): ArrayLike<number> {
  const borders = feature.find('borders');
  return borders && borders.raw() !== null ? borders.numbers() : [];
}

function namesOf(features: readonly Document[]): string[] {
  return columnNames(
    features.map((feature) => ({
      flat: feature.get('flat_feature_index').number(),
      name: feature.find('feature_id')?.text(),
    })),
  );
}

function readSymmetric(tree: Document, dimension: number): CatboostTree {
  const splits =
    tree
      .find('splits')
      ?.items()
      .map((split) => split.get('split_index').number()) ?? [];
  return symmetricTree(splits, Float64Array.from(tree.get('leaf_values').numbers()), dimension);
}

/** Nested nodes `{left, right, split}` and leaves `{value}`. */
function readNested(root: Document, dimension: number): CatboostTree {
  const feature: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const values: number[] = [];
  const pending: { node: Document; link: (at: number) => void }[] = [{ node: root, link: () => undefined }];
  while (pending.length) {
    const { node, link } = pending.pop() as { node: Document; link: (at: number) => void };
    const at = feature.length;
    link(at);
    if (!node.has('split')) {
      const value = node.get('value');
      const own = value.isList() ? Array.from(value.numbers()) : [value.number()];
      if (own.length !== dimension) throw corrupt('a leaf has the wrong number of values');
      feature.push(-1);
      left.push(-1);
      right.push(-1);
      values.push(...own);
      continue;
    }
    feature.push(node.get('split').get('split_index').number());
    left.push(0);
    right.push(0);
    for (let k = 0; k < dimension; k++) values.push(0);
    pending.push(
      { node: node.get('left'), link: (child) => (left[at] = child) },
      { node: node.get('right'), link: (child) => (right[at] = child) },
    );
  }
  return { feature, left, right, values: Float64Array.from(values) };
}

const KINDS: Readonly<Record<string, Statistic['kind']>> = {
  Borders: 'borders',
  Buckets: 'buckets',
  Counter: 'counter',
  FeatureFreq: 'counter',
  BinarizedTargetMeanValue: 'mean',
  FloatTargetMeanValue: 'mean',
};

function readStatistics(
  document: Document,
  features: Document,
): { statistics: StatisticFeature[]; tables: StatisticsTable[] } {
  const tableNames = new Map<string, number>();
  const tables: StatisticsTable[] = [];
  const statistics = (features.find('ctrs')?.items() ?? []).map((ctr): StatisticFeature => {
    const identifier = ctr.get('identifier').text();
    const kind = KINDS[ctr.get('ctr_type').text()];
    if (!kind) throw corrupt(`unknown statistic ${ctr.get('ctr_type').text()}`);
    if (!tableNames.has(identifier)) {
      tableNames.set(identifier, tables.length);
      tables.push(readTable(document.get('ctr_data').get(identifier)));
    }
    const elements = ctr.get('elements').items();
    const of = (type: string): Document[] =>
      elements.filter((element) => element.get('combination_element').text() === type);
    return {
      borders: Float32Array.from(ctr.get('borders').numbers()),
      statistic: {
        kind,
        table: tableNames.get(identifier) as number,
        categories: of('cat_feature_value').map((element) => element.get('cat_feature_index').number()),
        floats: of('float_feature').map((element) => ({
          column: element.get('float_feature_index').number(),
          border: element.get('border').number(),
        })),
        oneHots: of('cat_feature_exact_value').map((element) => ({
          category: element.get('cat_feature_index').number(),
          value: (element.find('value') ?? element.get('cat_feature_value')).number(),
        })),
        targetBorder: ctr.find('target_border_idx')?.number() ?? 0,
        priorNumerator: ctr.get('prior_numerator').number(),
        priorDenominator: ctr.get('prior_denomerator').number(),
        shift: ctr.get('shift').number(),
        scale: ctr.get('scale').number(),
      },
    };
  });
  return { statistics, tables };
}

/** The hash of empty slots. */
const NOTHING = '18446744073709551615';

function readTable(table: Document): StatisticsTable {
  const stride = table.get('hash_stride').number();
  const cells = table.get('hash_map').items();
  if (!(stride >= 2) || cells.length % stride) throw corrupt('a table of statistics is incomplete');
  const hashes: string[] = [];
  const numbers: number[] = [];
  for (let at = 0; at < cells.length; at += stride) {
    const hash = (cells[at] as Document).text();
    if (hash === NOTHING) continue;
    hashes.push(hash);
    for (let k = 1; k < stride; k++) numbers.push((cells[at + k] as Document).number());
  }
  return { hashes, numbers, denominator: table.find('counter_denominator')?.number() ?? 0 };
}

export function unsupportedFeatures(): Error {
  return fail('UNSUPPORTED_MODEL', {
    path: 'model',
    what: 'a CatBoost model with text or embedding features',
    why: '',
    advice: 'Turn the texts into numbers or categories before CatBoost sees them.',
  });
}
