import { combining } from './combining.ts';
import { tokenizer } from './pattern.ts';

/** Text → terms, as CountVectorizer's analyzers do (sklearn/feature_extraction/text.py). Plain data. */
export interface Analyzer {
  readonly lowercase: boolean;
  readonly stripAccents?: 'unicode' | 'ascii' | undefined;
  readonly kind: 'word' | 'char' | 'char_wb';
  /** Python regular expression of a token; words only. */
  readonly pattern?: string | undefined;
  readonly stopWords?: readonly string[] | undefined;
  /** Shortest and longest n-gram. */
  readonly ngrams: readonly [number, number];
}

/** Compiles an analyzer: the function visits each term of a text in order, repetitions included. */
export function analyze(analyzer: Analyzer): (text: string, visit: (term: string) => void) => void {
  const { ngrams, kind } = analyzer;
  if (kind === 'char') return (text, visit) => charNgrams(prepare(analyzer, text), ngrams, visit);
  if (kind === 'char_wb') return (text, visit) => boundedNgrams(prepare(analyzer, text), ngrams, visit);
  const tokens = tokenizer(analyzer.pattern ?? '');
  const stop = new Set(analyzer.stopWords);
  return (text, visit) => {
    const words = tokens(prepare(analyzer, text)).filter((word) => !stop.has(word));
    wordNgrams(words, ngrams, visit);
  };
}

function prepare({ lowercase, stripAccents }: Analyzer, text: string): string {
  const lower = lowercase ? text.toLowerCase() : text;
  if (stripAccents === 'unicode') return withoutAccents(lower);
  if (stripAccents === 'ascii')
    return Array.from(lower.normalize('NFKD'))
      .filter((c) => (c.codePointAt(0) as number) < 128)
      .join('');
  return lower;
}

/** NFKD without combining characters; ASCII texts stay as they are. */
function withoutAccents(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is what the library asks for
  if (/^[\u0000-\u007f]*$/.test(text)) return text;
  return Array.from(text.normalize('NFKD'))
    .filter((c) => !isCombining(c.codePointAt(0) as number))
    .join('');
}

function isCombining(point: number): boolean {
  let low = 0;
  let high = combining.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = combining[middle] as readonly [number, number];
    if (point < first) high = middle - 1;
    else if (point > last) low = middle + 1;
    else return true;
  }
  return false;
}

function wordNgrams(
  words: readonly string[],
  [least, most]: readonly [number, number],
  visit: (term: string) => void,
): void {
  for (let n = least; n <= Math.min(most, words.length); n++) {
    for (let i = 0; i + n <= words.length; i++) visit(n === 1 ? (words[i] as string) : words.slice(i, i + n).join(' '));
  }
}

/** N-grams of code points; runs of white space count as one blank. */
function charNgrams(text: string, [least, most]: readonly [number, number], visit: (term: string) => void): void {
  const chars = Array.from(text.replace(/\s\s+/gu, ' '));
  for (let n = least; n <= Math.min(most, chars.length); n++) {
    for (let i = 0; i + n <= chars.length; i++) visit(chars.slice(i, i + n).join(''));
  }
}

/** N-grams within words, which get a blank at each end; a word shorter than n counts once. */
function boundedNgrams(text: string, [least, most]: readonly [number, number], visit: (term: string) => void): void {
  for (const word of text.split(/\s+/u).filter(Boolean)) {
    const chars = Array.from(` ${word} `);
    for (let n = least; n <= most; n++) {
      visit(chars.slice(0, n).join(''));
      for (let i = 1; i + n <= chars.length; i++) visit(chars.slice(i, i + n).join(''));
      if (n >= chars.length) break;
    }
  }
}
