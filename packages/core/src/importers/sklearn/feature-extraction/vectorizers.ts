import { ops } from '../../../ir/index.ts';
import {
  englishStopWords,
  tokenizer,
  type Analyzer,
  type BagStep,
  type Vocabulary,
  type Weighting,
} from '../../../pre/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import type { Context } from '../context.ts';
import type { Converter } from '../converter.ts';
import { asNumber, itemsOf, PyDict, PyGlobal, PyObject, unwrap, type Fitted } from '../fitted.ts';
import { weightingOf } from './weighting.ts';

const onText = { names: undefined, count: 1, text: true };

/** Terms counted. */
export const countVectorizer: Converter = {
  types: ['sklearn.feature_extraction.text.CountVectorizer'],
  became: 'terms counted before the graph',
  exactness: 'bit-exact',
  sparse: () => true,
  columns: () => onText,
  state: (fitted) => `${sizeOfVocabulary(fitted)} terms`,
  transform: (fitted, input, context) => bag(fitted, input, context, termsOf(fitted), []),
};

/** Terms counted, weighted by inverse document frequency and normalised. */
export const tfidfVectorizer: Converter = {
  types: ['sklearn.feature_extraction.text.TfidfVectorizer'],
  became: 'terms counted and weighted before the graph',
  exactness: 'bit-exact',
  sparse: () => true,
  columns: () => onText,
  state: (fitted) => `${sizeOfVocabulary(fitted)} terms`,

  transform(fitted, input, context) {
    const tfidf = fitted.raw('_tfidf');
    if (!(tfidf instanceof PyObject)) throw fitted.wrong('_tfidf', 'a fitted TfidfTransformer');
    return bag(fitted, input, context, termsOf(fitted), [weightingOf(fitted.within(tfidf, '_tfidf'))]);
  },
};

/** Terms hashed into a fixed number of columns. */
export const hashingVectorizer: Converter = {
  types: ['sklearn.feature_extraction.text.HashingVectorizer'],
  became: 'terms hashed before the graph',
  exactness: 'bit-exact',
  sparse: () => true,
  columns: () => onText,
  state: (fitted) => `${fitted.number('n_features')} columns`,

  transform(fitted, input, context) {
    const norm = fitted.has('norm') ? fitted.text('norm') : undefined;
    if (norm !== undefined && norm !== 'l1' && norm !== 'l2') throw fitted.wrong('norm', 'l1, l2 or None');
    const vocabulary: Vocabulary = {
      kind: 'hash',
      size: fitted.number('n_features'),
      signed: fitted.flag('alternate_sign', true),
    };
    return bag(fitted, input, context, vocabulary, norm ? [{ sublinear: false, norm }] : []);
  },
};

function bag(
  fitted: Fitted,
  input: Features,
  context: Context,
  vocabulary: Vocabulary,
  weighting: readonly Weighting[],
): Features {
  if (input.width !== 1)
    throw fitted.unsupported(
      'a text transformer of several columns',
      'Give it one column, named by a text and not by a list.',
    );
  const [column] = input.parts;
  if (!(column instanceof InputColumn)) {
    throw fitted.unsupported(
      'a text transformer of a column that another step changed',
      'Prepare the texts before they are sent.',
      'terms are counted before the graph',
    );
  }
  const dtype = fitted.raw('dtype');
  if (dtype instanceof PyGlobal && dtype.name === 'float32') {
    context.warn(
      `${fitted.path} counts with dtype=float32, and the steps behind it compute in float32 in Python, in float64 here: numbers agree ` +
        'within 1e-5 or so, and a label or a neighbour that hangs on less can differ. Train with dtype=numpy.float64 for the same answers.',
    );
  }
  const { name } = column;
  const unique = context.unique(name);
  const step: BagStep = {
    op: 'bag',
    column: name,
    ids: `${unique}_ids`,
    weights: `${unique}_weights`,
    size: vocabulary.kind === 'terms' ? vocabulary.terms.length : vocabulary.size,
    analyzer: analyzerOf(fitted),
    vocabulary,
    binary: fitted.flag('binary', false),
    weighting,
  };
  const names = vocabulary.kind === 'terms' && input.names ? vocabulary.terms : undefined;
  return new Features([ops.bag(input.text(0), step)], names);
}

function analyzerOf(fitted: Fitted): Analyzer {
  for (const name of ['preprocessor', 'tokenizer', 'analyzer']) {
    if (fitted.has(name) && typeof unwrap(fitted.raw(name)) !== 'string') throw custom(fitted, name);
  }
  const kind = fitted.text('analyzer', 'word');
  if (kind !== 'word' && kind !== 'char' && kind !== 'char_wb') throw fitted.wrong('analyzer', 'word, char or char_wb');
  const accents = fitted.raw('strip_accents') ?? undefined;
  if (accents !== undefined && accents !== 'unicode' && accents !== 'ascii') throw custom(fitted, 'strip_accents');
  const [least, most] = itemsOf(fitted.raw('ngram_range'))?.map(asNumber) ?? [1, 1];
  if (least === undefined || most === undefined || least < 1 || most > 100)
    throw fitted.wrong('ngram_range', 'two small numbers');
  const pattern = fitted.text('token_pattern', '(?u)\\b\\w\\w+\\b');
  if (kind === 'word') tokenizer(pattern); // says at once what cannot be translated
  return {
    lowercase: fitted.flag('lowercase', true),
    kind,
    ngrams: [least, most],
    ...(accents ? { stripAccents: accents } : {}),
    ...(kind === 'word' ? { pattern, ...stopWordsOf(fitted) } : {}),
  };
}

function stopWordsOf(fitted: Fitted): { stopWords?: readonly string[] } {
  const given = fitted.raw('stop_words');
  if (given === undefined || given === null) return {};
  if (given === 'english') return { stopWords: englishStopWords };
  const words = itemsOf(given)?.map(unwrap);
  if (!words?.every((word) => typeof word === 'string')) throw fitted.wrong('stop_words', 'english or a list of texts');
  return { stopWords: words.toSorted() };
}

function custom(fitted: Fitted, name: string): Error {
  return fitted.unsupported(
    `a ${name} of its own`,
    `Use the built-in options of ${fitted.name}, or prepare the texts before they are sent.`,
    'it is Python code',
  );
}

function sizeOfVocabulary(fitted: Fitted): number {
  const vocabulary = fitted.raw('vocabulary_');
  return vocabulary instanceof PyDict ? vocabulary.size : 0;
}

/** Terms in the order of their columns. */
function termsOf(fitted: Fitted): Vocabulary {
  const vocabulary = fitted.raw('vocabulary_') ?? fitted.raw('vocabulary');
  if (!(vocabulary instanceof PyDict)) throw fitted.wrong('vocabulary_', 'a dict of terms');
  const terms: string[] = Array.from({ length: vocabulary.size });
  for (const [term, column] of vocabulary.entries()) {
    const at = asNumber(column);
    if (typeof term !== 'string' || at === undefined || !(at >= 0 && at < terms.length) || terms[at] !== undefined) {
      throw fitted.wrong('vocabulary_', 'a dict of terms and their columns');
    }
    terms[at] = term;
  }
  return { kind: 'terms', terms };
}
