import { analyze, type Analyzer } from './analyze.ts';
import { murmur3 } from './murmur.ts';

/** How terms get their numbers. */
export type Vocabulary =
  | { readonly kind: 'terms'; readonly terms: readonly string[] }
  /** HashingVectorizer: |murmurhash3| modulo size; the sign of the hash is the sign of the count. */
  | { readonly kind: 'hash'; readonly size: number; readonly signed: boolean };

/** Counts → weights, as TfidfTransformer. */
export interface Weighting {
  /** 1 + log(count). */
  readonly sublinear: boolean;
  readonly idf?: readonly number[] | undefined;
  readonly norm?: 'l1' | 'l2' | undefined;
}

/** A text becomes a sparse row of numbers: terms counted, weighted, normalised. Pure data, as written in pre.json. */
export interface BagStep {
  readonly op: 'bag';
  /** Column that holds the text. */
  readonly column: string;
  /** Graph inputs `[N, L]` that it fills: int64 columns and float64 weights; rows are padded with column = size, weight 0. */
  readonly ids: string;
  readonly weights: string;
  /** Columns of the bag. */
  readonly size: number;
  readonly analyzer: Analyzer;
  readonly vocabulary: Vocabulary;
  readonly binary: boolean;
  readonly weighting: readonly Weighting[];
}

/** Entries of one row, columns ascending. */
export interface Bag {
  readonly ids: readonly number[];
  readonly weights: readonly number[];
}

/** Compiles a step into a function of the text. */
export function bagOf(step: BagStep): (text: string) => Bag {
  const terms = analyze(step.analyzer);
  const index = indexer(step.vocabulary);
  return (text) => {
    const counts = new Map<number, number>();
    terms(text, (term) => {
      const found = index(term);
      if (found) counts.set(found.column, (counts.get(found.column) ?? 0) + found.count);
    });
    const ids = [...counts.keys()].sort((a, b) => a - b);
    let weights = ids.map((id) => counts.get(id) as number);
    if (step.binary) weights = weights.map(() => 1);
    for (const weighting of step.weighting) weights = weigh(weighting, ids, weights);
    return { ids, weights };
  };
}

function indexer(vocabulary: Vocabulary): (term: string) => { column: number; count: number } | undefined {
  if (vocabulary.kind === 'terms') {
    const known = new Map(vocabulary.terms.map((term, column) => [term, { column, count: 1 }]));
    return (term) => known.get(term);
  }
  const { size, signed } = vocabulary;
  return (term) => {
    const hash = murmur3(term);
    // |-2^31| does not fit an int32: sklearn/feature_extraction/_hashing_fast.pyx computes its remainder in two steps.
    const column = hash === -2147483648 ? (2147483647 - (size - 1)) % size : Math.abs(hash) % size;
    return { column, count: signed && hash < 0 ? -1 : 1 };
  };
}

function weigh({ sublinear, idf, norm }: Weighting, ids: readonly number[], counts: readonly number[]): number[] {
  let weights = sublinear ? counts.map((count) => Math.log(count) + 1) : [...counts];
  if (idf) weights = weights.map((weight, i) => weight * (idf[ids[i] as number] as number));
  if (!norm) return weights;
  let total = 0;
  for (const weight of weights) total += norm === 'l2' ? weight * weight : Math.abs(weight);
  const length = norm === 'l2' ? Math.sqrt(total) : total;
  return length === 0 ? weights : weights.map((weight) => weight / length);
}
