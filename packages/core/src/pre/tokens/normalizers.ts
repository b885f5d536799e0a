import { readCharsmap } from './charsmap.ts';
import { byteLetters } from './bytes.ts';
import {
  fieldsOf,
  flagOf,
  listOf,
  malformed,
  most,
  shortText,
  textOf,
  tooLong,
  typeOf,
  unsupported,
  type Fields,
} from './fields.ts';
import { graphemeMapper } from './graphemes.ts';
import { patternOf, type Piece } from './split.ts';
import { characters, lowerCase, normalForm, WHITE } from './unicode.ts';

/** Rewrites a text; `first` is lost when what stood at its beginning is taken away. */
export type Normalizer = (piece: Piece) => Piece;

/** The normalizer of tokenizer.json, which may be null. */
export function readNormalizer(value: unknown, budget = { left: most.components }): Normalizer {
  if (value === null || value === undefined) return (piece) => piece;
  if (budget.left-- <= 0) throw malformed('the normalizer has too many parts');
  const fields = fieldsOf(value, 'the normalizer');
  const type = typeOf(fields, 'the normalizer');
  if (type === 'Sequence') {
    const parts = listOf(fields['normalizers'], 'the list of normalizers').map((part) => readNormalizer(part, budget));
    return chain(...parts);
  }
  if (type === 'Replace') return replace(fields);
  if (type === 'Strip' || type === 'StripNormalizer') return strip(fields);
  if (type === 'BertNormalizer') return bert(fields);
  if (type === 'Precompiled') return precompiled(fields);
  const plain = simple[type];
  if (plain && Object.hasOwn(simple, type)) return plain(fields);
  throw unsupported(
    `the normalizer ${JSON.stringify(type.slice(0, 60))}`,
    'Take it out of tokenizer.json if the texts do not need it, or import model.onnx alone and send token ids.',
  );
}

const simple: Readonly<Record<string, (fields: Fields) => Normalizer>> = {
  NFC: () => mapped((text) => normalForm(text, 'NFC')),
  NFD: () => mapped((text) => normalForm(text, 'NFD')),
  NFKC: () => mapped((text) => normalForm(text, 'NFKC')),
  NFKD: () => mapped((text) => normalForm(text, 'NFKD')),
  Lowercase: () => mapped(lowerCase),
  StripAccents: () => without(new RegExp(`[${characters.combining}]+`, 'gv')),
  Nmt: () =>
    chain(
      without(nmtRemoved),
      mapped((text) => text.replace(nmtSpaces, ' ')),
    ),
  ByteLevel: () => mapped(byteLetters),
  Prepend: (fields) => {
    const prefix = shortText(fields['prepend'] ?? '', 'prepend');
    return mapped((text) => (text === '' ? text : prefix + text));
  },
};

// oxlint-disable-next-line no-control-regex -- control characters are what it is about
const nmtRemoved = /[\u{1}-\u{8}\u{b}\u{e}-\u{1f}\u{7f}\u{8f}\u{9f}]+/gv;
// oxlint-disable-next-line no-control-regex -- as above
const nmtSpaces = /[\u{9}\u{a}\u{c}\u{d}\u{1680}\u{200b}-\u{200f}\u{2028}\u{2029}\u{2581}\u{feff}\u{fffd}]/gv;

function mapped(map: (text: string) => string): Normalizer {
  return ({ text, first }) => ({ text: map(text), first });
}

function without(removed: RegExp): Normalizer {
  return ({ text, first }) => {
    const kept = text.replace(removed, '');
    return { text: kept, first: first && (kept.length === text.length || text.search(removed) !== 0) };
  };
}

function chain(...parts: readonly Normalizer[]): Normalizer {
  return (piece) =>
    parts.reduce((rewritten, part) => {
      const next = part(rewritten);
      if (next.text.length > most.grown) throw tooLong(`${most.grown} characters after normalization`);
      return next;
    }, piece);
}

function strip(fields: Fields): Normalizer {
  const left = flagOf(fields['strip_left'], 'strip_left', true);
  const right = flagOf(fields['strip_right'], 'strip_right', true);
  const white = new RegExp(`[${WHITE}]`, 'v');
  return ({ text, first }) => {
    let from = 0;
    let to = text.length;
    // White space has no character beyond the basic plane.
    while (left && from < to && white.test(text[from] as string)) from++;
    while (right && to > from && white.test(text[to - 1] as string)) to--;
    return { text: text.slice(from, to), first: first && from === 0 };
  };
}

function bert(fields: Fields): Normalizer {
  const lowercase = flagOf(fields['lowercase'], 'lowercase', true);
  const parts: Normalizer[] = [];
  if (flagOf(fields['clean_text'], 'clean_text', true)) {
    parts.push(without(new RegExp(`[${characters.control}]+`, 'gv')));
    const white = new RegExp(`[${WHITE}]`, 'gv');
    parts.push(mapped((text) => text.replace(white, ' ')));
  }
  if (flagOf(fields['handle_chinese_chars'], 'handle_chinese_chars', true)) {
    parts.push(mapped((text) => text.replace(chinese, ' $& ')));
  }
  if (flagOf(fields['strip_accents'], 'strip_accents', lowercase)) {
    parts.push(mapped((text) => normalForm(text, 'NFD')));
    parts.push(without(new RegExp(`[${characters.nonspacing}]+`, 'gv')));
  }
  if (lowercase) parts.push(mapped(lowerCase));
  const all = chain(...parts);
  const plain = /^[\x20-\x7e]*$/;
  return (piece) =>
    plain.test(piece.text)
      ? { text: lowercase ? piece.text.toLowerCase() : piece.text, first: piece.first }
      : all(piece);
}

const chinese =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/gv;

function replace(fields: Fields): Normalizer {
  const find = patternOf(fields['pattern'], 'the pattern of Replace');
  const content = shortText(fields['content'], 'the content of Replace');
  return ({ text, first }) => {
    let out = '';
    let begins = first;
    find(text, (from, to, isMatch) => {
      if (!isMatch) out += text.slice(from, to);
      else {
        // New characters stand where the last replaced one stood.
        if (from === 0 && (content === '' ? to > 0 : Array.from(text.slice(0, to)).length > 1)) begins = false;
        out += content;
        if (out.length > most.grown) throw tooLong(`${most.grown} characters after normalization`);
      }
    });
    return { text: out, first: begins };
  };
}

function precompiled(fields: Fields): Normalizer {
  const given = fields['precompiled_charsmap'];
  // Without a map sentencepiece changes nothing.
  if (given === null || given === undefined || given === '') return (piece) => piece;
  const transform = readCharsmap(textOf(given, 'precompiled_charsmap'));
  return mapped(graphemeMapper(transform));
}
