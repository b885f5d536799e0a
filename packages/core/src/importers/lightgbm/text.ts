import { fail } from '../../errors/index.ts';
import type { TreeTable } from '../../ir/index.ts';

/** How a numerical split treats what is missing (`decision_type` bits 2 and 3). */
export type MissingRule = 'none' | 'zero' | 'nan';

export interface LightgbmTree extends TreeTable {
  readonly values: Float64Array;
  /** By node, for nodes that split. */
  readonly missing: readonly MissingRule[];
  /** Categories that go left, by node; undefined for numerical splits. */
  readonly categories: readonly (readonly number[] | undefined)[];
  /** Linear leaves: `constant + Σ coefficient · x[feature]`, by node. */
  readonly linear:
    | ReadonlyMap<
        number,
        { readonly constant: number; readonly features: readonly number[]; readonly coefficients: readonly number[] }
      >
    | undefined;
}

/** A LightGBM model as its text says (src/boosting/gbdt_model_text.cpp, src/io/tree.cpp). */
export interface LightgbmModel {
  readonly version: string;
  /** Raw scores per row. */
  readonly groups: number;
  readonly features: number;
  readonly names: readonly string[];
  /** `[min:max]`, `none`, or categories `a:b:c`, by feature. */
  readonly infos: readonly string[];
  /** `binary sigmoid:1` and the like; empty for custom objectives. */
  readonly objective: string;
  /** Random forest mode: scores are averaged over the iterations. */
  readonly average: boolean;
  readonly trees: readonly LightgbmTree[];
  /** Columns declared categorical while training. */
  readonly categoricalColumns: readonly number[];
  /** Values behind the codes of each pandas category column, in column order. */
  readonly pandasCategories: readonly (readonly (string | number | boolean)[])[];
}

export function readLightgbm(text: string): LightgbmModel {
  const end = text.indexOf('end of trees');
  const [head = '', ...blocks] = (end < 0 ? text : text.slice(0, end)).split(/^Tree=\d+\r?$/m);
  const header = fieldsOf(head);
  const tail = end < 0 ? '' : text.slice(end);
  const features = integer(header, 'max_feature_idx') + 1;
  const declared = header.get('tree_sizes')?.split(' ').length;
  if (end < 0 || (declared !== undefined && declared !== blocks.length)) {
    throw corrupt(`the file ends early: it holds ${blocks.length} of ${declared ?? 'its'} trees`);
  }
  const names = words(header, 'feature_names');
  if (names.length !== features) throw corrupt(`${names.length} feature names for ${features} features`);
  return {
    version: header.get('version') ?? '',
    groups: integer(header, 'num_tree_per_iteration'),
    features,
    names,
    infos: words(header, 'feature_infos'),
    objective: header.get('objective') ?? '',
    average: /^average_output\r?$/m.test(head),
    trees: blocks.map((block, i) => readTree(fieldsOf(block), i)),
    categoricalColumns: columnsOf(/^\[categorical_feature: ?([\d,]*)\]/m.exec(tail)?.[1]),
    pandasCategories: pandasCategories(tail),
  };
}

function fieldsOf(block: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of block.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) fields.set(line.slice(0, at), line.slice(at + 1).trimEnd());
  }
  return fields;
}

function words(fields: ReadonlyMap<string, string>, name: string): string[] {
  return (fields.get(name) ?? '').split(' ').filter(Boolean);
}

function integer(fields: ReadonlyMap<string, string>, name: string): number {
  const value = Number(fields.get(name));
  if (!fields.has(name) || !Number.isSafeInteger(value) || value < 0 || value > 10_000_000)
    throw corrupt(`${name} is missing or no count`);
  return value;
}

function columnsOf(list: string | undefined): number[] {
  return (list ?? '').split(',').filter(Boolean).map(Number);
}

function pandasCategories(tail: string): (string | number | boolean)[][] {
  const line = /^pandas_categorical:(.*)$/m.exec(tail)?.[1]?.trim();
  if (!line || line === 'null') return [];
  try {
    const parsed: unknown = JSON.parse(line);
    if (Array.isArray(parsed) && parsed.every(Array.isArray)) return parsed as (string | number | boolean)[][];
  } catch {
    // Falls through to the error below: a damaged last line.
  }
  throw corrupt('pandas_categorical is no list of lists');
}

function readTree(fields: ReadonlyMap<string, string>, index: number): LightgbmTree {
  const leaves = integer(fields, 'num_leaves');
  if (leaves < 1) throw corrupt(`tree ${index} has no leaves`);
  const inner = leaves - 1;
  const list = (name: string, length: number): Float64Array => {
    const values = Float64Array.from(words(fields, name), parseNumber);
    if (values.length !== length) throw corrupt(`tree ${index}: ${name} has ${values.length} of ${length} numbers`);
    if (values.some(Number.isNaN)) throw corrupt(`tree ${index}: ${name} holds something that is no number`);
    return values;
  };
  const leafValues = list('leaf_value', leaves);
  // Splits are nodes 0 … inner-1, leaf i is node inner + i.
  const node = (child: number): number => (child >= 0 ? child : inner + ~child);
  const nodes = inner + leaves;
  const feature = new Float64Array(nodes).fill(-1);
  const threshold = new Float64Array(nodes);
  const left = new Float64Array(nodes).fill(-1);
  const right = new Float64Array(nodes).fill(-1);
  const missingLeft = new Uint8Array(nodes);
  const values = new Float64Array(nodes);
  const missing: MissingRule[] = [];
  const categories: (number[] | undefined)[] = [];
  if (inner) {
    feature.set(list('split_feature', inner));
    threshold.set(list('threshold', inner));
    left.set(list('left_child', inner).map(node));
    right.set(list('right_child', inner).map(node));
    list('decision_type', inner).forEach((type, i) => {
      const rule = (['none', 'zero', 'nan'] as const)[(type >> 2) & 3];
      if (!rule) throw corrupt(`tree ${index}: unknown decision type ${type}`);
      missing.push(rule);
      missingLeft[i] = (type >> 1) & 1;
      categories.push(type & 1 ? categorySet(fields, threshold[i] as number, index) : undefined);
    });
  }
  values.set(leafValues, inner);
  const linear = fields.get('is_linear') === '1' ? readLinear(fields, leaves, inner, index) : undefined;
  return { feature, threshold, left, right, missingLeft, values, missing, categories, linear };
}

/** Numbers as C writes them, `inf` and `nan` included. */
function parseNumber(word: string): number {
  if (/^[+-]?inf(inity)?$/i.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  return Number(word);
}

/** Members of a bit set: word w, bit b → category 32·w + b. */
function categorySet(fields: ReadonlyMap<string, string>, which: number, tree: number): number[] {
  const boundaries = words(fields, 'cat_boundaries').map(Number);
  const bits = words(fields, 'cat_threshold').map(Number);
  const start = boundaries[which];
  const end = boundaries[which + 1];
  if (start === undefined || end === undefined || !(start >= 0 && end <= bits.length))
    throw corrupt(`tree ${tree}: a category set is missing`);
  const members: number[] = [];
  bits.slice(start, end).forEach((word, w) => {
    for (let b = 0; b < 32; b++) if ((word >>> b) & 1) members.push(32 * w + b);
  });
  return members;
}

function readLinear(
  fields: ReadonlyMap<string, string>,
  leaves: number,
  inner: number,
  tree: number,
): NonNullable<LightgbmTree['linear']> {
  const constants = words(fields, 'leaf_const').map(parseNumber);
  const counts = words(fields, 'num_features').map(Number);
  const features = words(fields, 'leaf_features').map(Number);
  const coefficients = words(fields, 'leaf_coeff').map(parseNumber);
  if (constants.length !== leaves || counts.length !== leaves)
    throw corrupt(`tree ${tree}: linear leaves are incomplete`);
  const models = new Map<number, { constant: number; features: number[]; coefficients: number[] }>();
  let at = 0;
  for (let leaf = 0; leaf < leaves; leaf++) {
    const end = at + (counts[leaf] as number);
    if (end > features.length || end > coefficients.length) throw corrupt(`tree ${tree}: linear leaves are incomplete`);
    models.set(inner + leaf, {
      constant: constants[leaf] as number,
      features: features.slice(at, end),
      coefficients: coefficients.slice(at, end),
    });
    at = end;
  }
  return models;
}

export function corrupt(problem: string): Error {
  return fail('CORRUPT_FILE', { format: 'LightGBM', problem });
}
