import { byteLetters } from './bytes.ts';
import {
  characterOf,
  fieldsOf,
  flagOf,
  listOf,
  malformed,
  most,
  tooLong,
  typeOf,
  unsupported,
  type Fields,
} from './fields.ts';
import { behaviorOf, classFinder, finderOf, inverted, patternOf, splitter, type Piece } from './split.ts';
import { characters, WHITE, WORD } from './unicode.ts';

/** Splits pieces into words. */
export type PreTokenizer = (pieces: readonly Piece[]) => readonly Piece[];

/** The pre-tokenizer of tokenizer.json, which may be null. */
export function readPreTokenizer(value: unknown, budget = { left: most.components }): PreTokenizer {
  if (value === null || value === undefined) return (pieces) => pieces;
  if (budget.left-- <= 0) throw malformed('the pre-tokenizer has too many parts');
  const fields = fieldsOf(value, 'the pre-tokenizer');
  const type = typeOf(fields, 'the pre-tokenizer');
  if (type === 'Sequence') {
    const parts = listOf(fields['pretokenizers'], 'the list of pre-tokenizers').map((p) => readPreTokenizer(p, budget));
    return (pieces) =>
      parts.reduce((split, part) => {
        const next = part(split);
        const length = next.reduce((sum, { text }) => sum + text.length, 0);
        if (length > most.grown) throw tooLong(`${most.grown} characters after pre-tokenization`);
        return next;
      }, pieces);
  }
  const make = known[type];
  if (make && Object.hasOwn(known, type)) return make(fields);
  throw unsupported(
    `the pre-tokenizer ${JSON.stringify(type.slice(0, 60))}`,
    'Train the tokenizer with another one (Whitespace, BertPreTokenizer, ByteLevel, Metaspace, …), or import model.onnx alone and send token ids.',
  );
}

const white = classFinder(WHITE);
const punctuation = classFinder(characters.punctuation);
const wordsAndSigns = finderOf(new RegExp(`[${WORD}]+|[^${WORD}${WHITE}]+`, 'gv'));
const numerals = classFinder(String.raw`\p{N}`);
const gpt2 = finderOf(
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gv,
);

const known: Readonly<Record<string, (fields: Fields) => PreTokenizer>> = {
  BertPreTokenizer: () => {
    const words = splitter(white, 'Removed');
    const signs = splitter(punctuation, 'Isolated');
    return (pieces) => signs(words(pieces));
  },
  Whitespace: () => splitter(inverted(wordsAndSigns), 'Removed'),
  WhitespaceSplit: () => splitter(white, 'Removed'),
  Punctuation: ({ behavior }) => splitter(punctuation, behaviorOf(behavior ?? 'Isolated')),
  Digits: (fields) =>
    splitter(numerals, flagOf(fields['individual_digits'], 'individual_digits', false) ? 'Isolated' : 'Contiguous'),
  CharDelimiterSplit: (fields) => {
    const delimiter = characterOf(fields['delimiter'], 'the delimiter');
    return splitter(patternOf({ String: delimiter }, 'the delimiter'), 'Removed');
  },
  Split: (fields) => {
    const find = patternOf(fields['pattern'], 'the pattern of Split');
    const isInverted = flagOf(fields['invert'], 'invert', false);
    return splitter(isInverted ? inverted(find) : find, behaviorOf(fields['behavior']));
  },
  ByteLevel: (fields) => {
    const prefixed = flagOf(fields['add_prefix_space'], 'add_prefix_space', true);
    const split = flagOf(fields['use_regex'], 'use_regex', true)
      ? splitter(gpt2, 'Isolated')
      : (pieces: readonly Piece[]) => pieces;
    return (pieces) =>
      split(prefixed ? pieces.map((piece) => withPrefix(piece, ' ')) : pieces).map(({ text, first }) => ({
        text: byteLetters(text),
        first,
      }));
  },
  Metaspace: metaspace,
  FixedLength: (fields) => {
    const length = typeof fields['length'] === 'number' && fields['length'] >= 1 ? Math.floor(fields['length']) : 5;
    return (pieces) =>
      pieces.flatMap(({ text, first }) => {
        const all = Array.from(text);
        return Array.from({ length: Math.ceil(all.length / length) }, (_, i) => ({
          text: all.slice(i * length, (i + 1) * length).join(''),
          first: first && i === 0,
        }));
      });
  },
};

function metaspace(fields: Fields): PreTokenizer {
  const mark = characterOf(fields['replacement'], 'the replacement of Metaspace');
  const declared = fields['prepend_scheme'] ?? 'always';
  const scheme = fields['add_prefix_space'] === false ? 'never' : declared;
  if (scheme !== 'always' && scheme !== 'first' && scheme !== 'never') {
    throw malformed('prepend_scheme of Metaspace is none of always, first, never');
  }
  const split = flagOf(fields['split'], 'split', true)
    ? splitter(patternOf({ String: mark }, 'the replacement of Metaspace'), 'MergedWithNext')
    : (pieces: readonly Piece[]) => pieces;
  return (pieces) =>
    split(
      pieces.map((piece) => {
        const marked = { text: piece.text.replaceAll(' ', mark), first: piece.first };
        return scheme === 'always' || (scheme === 'first' && piece.first) ? withPrefix(marked, mark) : marked;
      }),
    );
}

function withPrefix(piece: Piece, prefix: string): Piece {
  return piece.text.startsWith(prefix) ? piece : { text: prefix + piece.text, first: piece.first };
}
