import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fixturesFolder } from '../../../../../test/fixtures.ts';
import { compileTokenizer } from './index.ts';

interface Golden {
  readonly tokenizer: unknown;
  readonly ids: readonly (readonly number[])[];
  readonly pairs: readonly (readonly [ids: readonly number[], types: readonly number[]])[];
  /** CRC-32 of the ids with commas. */
  readonly random: readonly number[];
}

const folder = join(fixturesFolder, 'tokenizers');
const read = <T>(name: string): T => JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
const texts = read<{ nasty: string[]; random: string[]; pairs: [string, string][] }>('texts.json');
const names = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'texts.json');

describe('ids equal those of the tokenizers library', () => {
  test('there are fixtures of every model', () => {
    expect(new Set(names.map((name) => name.split('-')[0]))).toEqual(
      new Set(['bpe', 'unigram', 'wordlevel', 'wordpiece']),
    );
  });

  test.for(names)('%s', (name) => {
    const golden = read<Golden>(name);
    const tokenizer = compileTokenizer(golden.tokenizer);
    const ids = texts.nasty.map((text) => tokenizer.encode(text).ids);
    const wrong = texts.nasty.filter((_, i) => JSON.stringify(ids[i]) !== JSON.stringify(golden.ids[i]));
    expect(wrong).toEqual([]);
    expect(
      texts.pairs.map((pair) => {
        const { ids: both, types } = tokenizer.encode(...pair);
        return [both, types];
      }),
    ).toEqual(golden.pairs);
    const random = texts.random.filter((text, i) => crc32(tokenizer.encode(text).ids.join(',')) !== golden.random[i]);
    expect(random).toEqual([]);
    expect(golden.random.length).toBe(texts.random.length);
  });
});

const bert = (more: Readonly<Record<string, unknown>> = {}, model: Readonly<Record<string, unknown>> = {}) => ({
  version: '1.0',
  normalizer: { type: 'BertNormalizer' },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  model: { type: 'WordPiece', vocab: { '[UNK]': 0, a: 1, '##a': 2, b: 3 }, ...model },
  ...more,
});

test('a lone surrogate counts as U+FFFD, which no library takes and JSON can say', () => {
  const tokenizer = compileTokenizer(
    bert({ normalizer: null, pre_tokenizer: null }, { vocab: { '[UNK]': 0, '\ufffd': 4 } }),
  );
  expect(tokenizer.encode('\ud800').ids).toEqual([4]);
});

test('a byte-level vocabulary may have tokens of a thousand spaces', () => {
  const space = '\u0120'.repeat(1024);
  const model = { type: 'BPE', vocab: { [space]: 7 }, merges: [], ignore_merges: true };
  const tokenizer = compileTokenizer({ model, pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false } });
  expect(tokenizer.encode(' '.repeat(1024)).ids).toEqual([7]);
});

test('names of prototypes are tokens like others', () => {
  const vocab = JSON.parse('{"[UNK]":0,"__proto__":1,"constructor":2}') as Record<string, number>;
  const tokenizer = compileTokenizer(bert({ normalizer: null, pre_tokenizer: { type: 'WhitespaceSplit' } }, { vocab }));
  expect(tokenizer.encode('constructor __proto__ toString').ids).toEqual([2, 1, 0]);
});

const pattern = (regex: string) => ({
  pre_tokenizer: { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false },
});

describe('what cannot be carried out is refused with what it is', () => {
  test.for([
    { name: 'normalizer', given: bert({ normalizer: { type: 'Rot13' } }), code: 'UNSUPPORTED_MODEL', says: 'Rot13' },
    {
      name: 'prototype name',
      given: bert({ normalizer: { type: 'toString' } }),
      code: 'UNSUPPORTED_MODEL',
      says: 'toString',
    },
    {
      name: 'pre-tokenizer',
      given: bert({ pre_tokenizer: { type: 'UnicodeScripts' } }),
      code: 'UNSUPPORTED_MODEL',
      says: 'UnicodeScripts',
    },
    { name: 'post-processor', given: bert({ post_processor: { type: 'X' } }), code: 'UNSUPPORTED_MODEL', says: '"X"' },
    { name: 'model', given: bert({ model: { type: 'Char' } }), code: 'UNSUPPORTED_MODEL', says: 'Char' },
    { name: 'version', given: bert({ version: '2.0' }), code: 'UNSUPPORTED_MODEL', says: '2.0' },
    {
      name: 'dropout',
      given: bert({ model: { type: 'BPE', vocab: {}, merges: [], dropout: 0.1 } }),
      code: 'UNSUPPORTED_MODEL',
      says: 'dropout',
    },
    {
      name: 'exponential pattern',
      given: bert(pattern('(a+)+b')),
      code: 'UNSUPPORTED_MODEL',
      says: 'inside a repetition',
    },
    {
      name: 'alternatives repeated',
      given: bert(pattern('(?:a|a)*b')),
      code: 'UNSUPPORTED_MODEL',
      says: 'inside a repetition',
    },
    { name: 'cubic pattern', given: bert(pattern('a*a*b')), code: 'UNSUPPORTED_MODEL', says: 'against each other' },
    { name: 'back reference', given: bert(pattern('(a)\\1')), code: 'UNSUPPORTED_MODEL', says: '\\\\1' },
    { name: 'unknown property', given: bert(pattern('\\p{InGreek}')), code: 'UNSUPPORTED_MODEL', says: 'InGreek' },
    {
      name: 'brackets',
      given: bert(pattern(`${'('.repeat(50)}a${')'.repeat(50)}`)),
      code: 'UNSUPPORTED_MODEL',
      says: 'too deeply',
    },
    { name: 'repetition', given: bert(pattern('(a{500}){500}')), code: 'UNSUPPORTED_MODEL', says: 'more than 1000' },
    { name: 'no object', given: [], code: 'CORRUPT_FILE', says: 'not an object' },
    { name: 'no vocabulary', given: bert({ model: { type: 'WordPiece' } }), code: 'CORRUPT_FILE', says: 'model.vocab' },
    { name: 'id', given: bert({}, { vocab: { a: -1 } }), code: 'CORRUPT_FILE', says: 'the id of the token' },
    {
      name: 'long token',
      given: bert({}, { vocab: { ['a'.repeat(5000)]: 1 } }),
      code: 'LIMIT_EXCEEDED',
      says: 'length of a token',
    },
    {
      name: 'merge',
      given: bert({ model: { type: 'BPE', vocab: { a: 0 }, merges: ['a b'] } }),
      code: 'CORRUPT_FILE',
      says: 'a b',
    },
    {
      name: 'charsmap',
      given: bert({ normalizer: { type: 'Precompiled', precompiled_charsmap: '/////w==' } }),
      code: 'CORRUPT_FILE',
      says: 'trie',
    },
    {
      name: 'padding',
      given: bert({ padding: { strategy: { Fixed: 4e9 } } }),
      code: 'LIMIT_EXCEEDED',
      says: 'padding',
    },
    {
      name: 'template',
      given: bert({
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: 'x', type_id: 0 } }],
          pair: [],
          special_tokens: {},
        },
      }),
      code: 'CORRUPT_FILE',
      says: 'special_tokens',
    },
  ])('$name', ({ given, code, says }) => {
    let error: unknown;
    try {
      compileTokenizer(given);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code });
    expect((error as Error).message).toContain(says);
  });
});

describe('long texts', () => {
  test('are refused beyond the limit', () => {
    expect(() => compileTokenizer(bert()).encode('a'.repeat(1_000_001))).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
  });

  test('a pattern that may look back takes less text', () => {
    const tokenizer = compileTokenizer(bert(pattern('a+b')));
    expect(() => tokenizer.encode('a'.repeat(60_000))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });

  // With a quadratic merge they take minutes.
  test.for([
    { name: 'BPE', model: { type: 'BPE', vocab: { a: 0, aa: 1, aaaa: 2 }, merges: ['a a', 'aa aa'] }, id: 2 },
    {
      name: 'Unigram',
      model: {
        type: 'Unigram',
        vocab: [
          ['a', -1],
          ['aaaa', -2],
        ],
        unk_id: null,
      },
      id: 1,
    },
    {
      name: 'WordPiece',
      model: { type: 'WordPiece', vocab: { aaaa: 1, '##aaaa': 1 }, max_input_chars_per_word: 1e6 },
      id: 1,
    },
  ])('without spaces: $name', ({ model, id }) => {
    const tokenizer = compileTokenizer({ model, truncation: { max_length: 100 } });
    expect(tokenizer.encode('a'.repeat(400_000)).ids).toEqual(Array.from({ length: 100 }, () => id));
  });

  test('are refused beyond the tokens of a row, where the tokenizer does not cut', () => {
    const model = { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' };
    const tokenizer = compileTokenizer({ model, pre_tokenizer: { type: 'WhitespaceSplit' } });
    expect(() => tokenizer.encode('a '.repeat(20_000))).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
  });
});
