import { readAddedTokens } from './added-tokens.ts';
import { fieldsOf, most, shown, tooLong, unsupported } from './fields.ts';
import { readModel } from './models.ts';
import { readNormalizer } from './normalizers.ts';
import { readPadding, type Padding } from './padding.ts';
import { readPostProcessor, type Encoding } from './post-processors.ts';
import { readPreTokenizer } from './pre-tokenizers.ts';
import type { Piece } from './split.ts';
import { readTruncation, truncate } from './truncation.ts';

/** Texts → ids, as the Hugging Face `tokenizers` library does it. */
export interface Tokenizer {
  /** The ids of one text, or of a pair, with special tokens, cut to the maximum. Lone surrogates count as U+FFFD. */
  encode(text: string, pair?: string): Encoding;
  /** The id of a token, added or of the model. */
  idOf(token: string): number | undefined;
  readonly padding: Padding;
  /** Most tokens of a row; undefined where texts are not cut. */
  readonly maxLength: number | undefined;
}

/**
 * Compiles `tokenizer.json` (version 1.0). Follows the library's Rust source (0.23).
 *
 * Errors: CORRUPT_FILE, LIMIT_EXCEEDED, and UNSUPPORTED_MODEL for a component that is not carried out here.
 */
export function compileTokenizer(json: unknown): Tokenizer {
  const fields = fieldsOf(json, 'tokenizer.json');
  const version = fields['version'] ?? '1.0';
  if (version !== '1.0') {
    throw unsupported(
      `the version ${shown(version)}`,
      'Save the tokenizer again with a current version of the tokenizers library.',
    );
  }
  const normalize = readNormalizer(fields['normalizer']);
  const preTokenize = readPreTokenizer(fields['pre_tokenizer']);
  const model = readModel(fields['model']);
  const added = readAddedTokens(fields['added_tokens'], model, normalize);
  const processor = readPostProcessor(fields['post_processor']);
  const truncation = readTruncation(fields['truncation']);

  function idsOf(text: string, enough: number): number[] {
    if (text.length > most.text) {
      throw tooLong(`${most.text} characters`);
    }
    const words: (Piece | { readonly id: number })[] = [];
    for (const part of added.split(text.toWellFormed())) {
      if ('id' in part) words.push(part);
      else for (const piece of preTokenize([part])) words.push(piece);
    }
    const isFromEnd = truncation?.side === 'left';
    if (isFromEnd) words.reverse();
    const ids: number[] = [];
    const parts: number[][] = [];
    let count = 0;
    for (const word of words) {
      // What comes after is cut off anyway.
      if (count >= enough) break;
      const own: number[] = isFromEnd ? [] : ids;
      const before = own.length;
      if ('id' in word) own.push(word.id);
      else if (word.text !== '') model.tokenize(word.text, own);
      count += own.length - before;
      if (isFromEnd) parts.push(own);
    }
    return isFromEnd ? parts.toReversed().flat() : ids;
  }

  return {
    padding: readPadding(fields['padding']),
    maxLength: truncation?.length,
    idOf: (token) => added.idOf(token) ?? model.idOf(token),
    encode(...texts) {
      const given = texts.filter((text) => text !== undefined);
      // How a pair is cut depends on the whole length of both.
      const enough = given.length === 1 && truncation ? truncation.length : Infinity;
      let encodings: readonly Encoding[] = given.map((text, i) => {
        const ids = idsOf(text, enough);
        return { ids, types: ids.map(() => i) };
      });
      if (truncation) {
        const room = Math.max(0, truncation.length - processor.added(encodings.length === 2));
        encodings = truncate(encodings, room, truncation);
      }
      const processed = processor.process(encodings);
      const length = processed.reduce((sum, { ids }) => sum + ids.length, 0);
      // Without a length of the model: its memory grows by the square of the tokens.
      if (length > most.row && !truncation) throw tooLong(`${most.row} tokens`);
      return { ids: processed.flatMap(({ ids }) => ids), types: processed.flatMap(({ types }) => types) };
    },
  };
}
