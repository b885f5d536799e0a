import { beyond, fieldsOf, flagOf, listOf, most, textOf } from './fields.ts';
import type { TokenModel } from './models.ts';
import type { Normalizer } from './normalizers.ts';
import type { Piece } from './split.ts';
import { Trie } from './trie.ts';
import { WHITE, WORD } from './unicode.ts';
import { checkToken } from './vocabulary.ts';

interface AddedToken {
  readonly content: string;
  readonly id: number;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

/** A piece of text, or a token that was found in it. */
export type Part = Piece | { readonly id: number };

/** Tokens such as [MASK] that are looked for in the text itself. */
export interface AddedTokens {
  /** Cuts added tokens out of a text and normalizes what is between them. */
  split(text: string): Part[];
  /** The id of an added token by its content. */
  idOf(content: string): number | undefined;
}

/** `added_tokens`. Ids are those of the model, or follow it in order: what the file declares is not asked, as in the library. */
export function readAddedTokens(value: unknown, model: TokenModel, normalize: Normalizer): AddedTokens {
  const list = listOf(value ?? [], 'added_tokens');
  if (list.length > most.addedTokens) throw beyond('the number of added tokens', most.addedTokens);
  const ids = new Map<string, number>();
  const tokens = new Map<number, AddedToken>();
  let next = model.size;
  for (const entry of list) {
    const fields = fieldsOf(entry, 'an added token');
    const content = textOf(fields['content'], 'the content of an added token');
    if (content === '') continue;
    checkToken(content, most.soughtLength);
    const id = ids.get(content) ?? model.idOf(content) ?? next++;
    ids.set(content, id);
    tokens.set(id, {
      content,
      id,
      singleWord: flagOf(fields['single_word'], 'single_word', false),
      lstrip: flagOf(fields['lstrip'], 'lstrip', false),
      rstrip: flagOf(fields['rstrip'], 'rstrip', false),
      normalized: flagOf(fields['normalized'], 'normalized', true),
    });
  }
  const all = [...tokens.values()];
  const raw = finder(all.filter(({ normalized }) => !normalized).map((token) => [token.content, token]));
  const rewritten = finder(
    all
      .filter(({ normalized }) => normalized)
      .map((token) => [normalize({ text: token.content, first: true }).text, token]),
  );
  return {
    idOf: (content) => ids.get(content),
    split(text) {
      const parts: Part[] = [];
      for (const part of raw({ text, first: true })) {
        if ('id' in part) parts.push(part);
        else if (part.text !== '') parts.push(...rewritten(normalize(part)));
      }
      return parts.filter((part) => 'id' in part || part.text !== '');
    },
  };
}

const word = new RegExp(`[${WORD}]`, 'v');
const white = new RegExp(`[${WHITE}]`, 'v');

/** Finds the leftmost token, of several the longest. */
function finder(given: readonly (readonly [string, AddedToken])[]): (piece: Piece) => Part[] {
  const patterns = given.filter(([pattern]) => pattern !== '');
  if (!patterns.length) return (piece) => [piece];
  const trie = new Trie(patterns.length * 8);
  patterns.forEach(([pattern], i) => trie.set(pattern, i));

  function longestAt(text: string, start: number): { end: number; token: AddedToken } | undefined {
    let found: { end: number; token: AddedToken } | undefined;
    for (let node = 0, i = start; i < text.length;) {
      node = trie.child(node, text.charCodeAt(i++));
      if (node === -1) break;
      const value = trie.value(node);
      if (value !== -1) found = { end: i, token: (patterns[value] as readonly [string, AddedToken])[1] };
    }
    return found;
  }

  return (piece) => {
    const { text } = piece;
    const parts: Part[] = [];
    let done = 0;
    let whiteEnd = 0;
    for (let at = 0; at < text.length;) {
      const match = longestAt(text, at);
      if (!match) {
        at++;
        continue;
      }
      const { token } = match;
      let [start, end] = [at, match.end];
      at = end;
      if (token.singleWord && (isWord(before(text, start)) || isWord(after(text, end)))) continue;
      if (token.lstrip) while (start > done && white.test(text[start - 1] as string)) start--;
      if (token.rstrip) {
        // White space that was passed once is not looked at again.
        end = Math.max(end, whiteEnd);
        while (end < text.length && white.test(text[end] as string)) end++;
        whiteEnd = end;
      }
      if (done < start) parts.push({ text: text.slice(done, start), first: piece.first && done === 0 });
      parts.push({ id: token.id });
      done = end;
    }
    if (done < text.length) parts.push({ text: text.slice(done), first: piece.first && done === 0 });
    return parts;
  };
}

function isWord(character: string): boolean {
  return character !== '' && word.test(character);
}

function before(text: string, at: number): string {
  const low = text[at - 1] ?? '';
  return low >= '\udc00' && low <= '\udfff' ? text.slice(at - 2, at) : low;
}

function after(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}
