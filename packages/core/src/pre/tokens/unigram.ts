import { byteTokens } from './bytes.ts';
import { beyond, countOf, flagOf, listOf, malformed, most, textOf, type Fields } from './fields.ts';
import type { TokenModel } from './models.ts';
import { Trie } from './trie.ts';
import { checkToken } from './vocabulary.ts';

/** What an unknown character costs more than the worst token. */
const PENALTY = 10;

/** The segmentation with the highest sum of log probabilities (Viterbi); unknown characters in a row are one token. */
export function readUnigram(fields: Fields): TokenModel {
  const list = listOf(fields['vocab'], 'model.vocab');
  if (list.length > most.tokens) throw beyond('the number of tokens', most.tokens);
  const ids = new Map<string, number>();
  const scores = new Float64Array(list.length);
  const trie = new Trie(list.length * 3);
  let characters = 0;
  let lowest = Infinity;
  list.forEach((entry, id) => {
    const [name, score] = listOf(entry, 'an entry of model.vocab');
    const token = textOf(name, 'a token');
    if (typeof score !== 'number') throw malformed('the score of a token is not a number');
    characters += checkToken(token, most.soughtLength);
    if (characters > most.characters) throw beyond('the length of all tokens', most.characters);
    ids.set(token, id);
    if (token !== '') trie.set(token, id);
    scores[id] = score;
    lowest = Math.min(lowest, score);
  });
  const given = fields['unk_id'];
  const unknown = given === null || given === undefined ? undefined : countOf(given, 'unk_id');
  if (unknown !== undefined && unknown >= list.length) throw malformed('unk_id is not in the vocabulary');
  const fallback = flagOf(fields['byte_fallback'], 'byte_fallback', false);
  const unknownScore = lowest - PENALTY;

  function known(): number {
    if (unknown === undefined) throw malformed('a character is unknown and unk_id is not set');
    return unknown;
  }

  /** Ends of tokens, from the last to the first, by position: where the best token that ends there starts, and its id. */
  function segment(word: string): { starts: Int32Array; found: Int32Array } {
    const size = word.length;
    const best = new Float64Array(size + 1);
    const starts = new Int32Array(size + 1).fill(-1);
    const found = new Int32Array(size + 1);
    const reach = (end: number, score: number, start: number, id: number): void => {
      if (starts[end] !== -1 && score <= (best[end] as number)) return;
      best[end] = score;
      starts[end] = start;
      found[end] = id;
    };
    for (let at = 0; at < size;) {
      const here = best[at] as number;
      const step = (word.codePointAt(at) as number) > 0xffff ? 2 : 1;
      let hasSingle = false;
      for (let node = 0, i = at; i < size;) {
        node = trie.child(node, word.charCodeAt(i++));
        if (node === -1) break;
        const id = trie.value(node);
        if (id === -1) continue;
        reach(i, (scores[id] as number) + here, at, id);
        hasSingle ||= i - at === step;
      }
      if (!hasSingle) reach(at + step, unknownScore + here, at, known());
      at += step;
    }
    return { starts, found };
  }

  function emit(text: string, id: number | undefined, out: number[]): void {
    const own = id ?? ids.get(text);
    if (own !== undefined) {
      out.push(own);
      return;
    }
    const bytes = fallback ? byteTokens(text).map((token) => ids.get(token)) : [];
    if (bytes.length && bytes.every((byte) => byte !== undefined)) out.push(...bytes);
    else out.push(known());
  }

  return {
    size: list.length,
    idOf: (token) => ids.get(token),
    tokenize(word, out) {
      const { starts, found } = segment(word);
      const parts: [string, number | undefined][] = [];
      for (let end = word.length; end > 0;) {
        let start = starts[end] as number;
        const id = found[end] as number;
        if (id !== unknown) parts.push([word.slice(start, end), id]);
        else {
          while (start > 0 && found[start] === unknown) start = starts[start] as number;
          parts.push([word.slice(start, end), undefined]);
        }
        end = start;
      }
      for (const [text, id] of parts.toReversed()) emit(text, id, out);
    },
  };
}
