import { byteTokens } from './bytes.ts';
import { beyond, flagOf, listOf, malformed, most, optionalText, textOf, unsupported, type Fields } from './fields.ts';
import { MergeQueue } from './merge-queue.ts';
import type { TokenModel } from './models.ts';
import { readVocabulary, unknownId, type Vocabulary } from './vocabulary.ts';

/** Pairs of ids as one number → rank, and the id of what they become. */
interface Merges {
  readonly ranks: ReadonlyMap<number, number>;
  readonly results: Int32Array;
}

/** Words that were tokenized before: text repeats its words. */
const remembered = { words: 20_000, length: 64 };
const PAIR = 2 ** 26;

/** Byte-pair encoding: characters are merged in the order in which training merged them. */
export function readBpe(fields: Fields): TokenModel {
  const vocabulary = readVocabulary(fields['vocab']);
  if (typeof fields['dropout'] === 'number' && fields['dropout'] > 0) {
    throw unsupported(
      'BPE with dropout, which tokenizes at random,',
      'Set model.dropout to null in tokenizer.json: dropout is for training.',
    );
  }
  const prefix = optionalText(fields['continuing_subword_prefix'], 'continuing_subword_prefix') ?? '';
  const suffix = optionalText(fields['end_of_word_suffix'], 'end_of_word_suffix') ?? '';
  const unknown = optionalText(fields['unk_token'], 'unk_token');
  const fuse = flagOf(fields['fuse_unk'], 'fuse_unk', false);
  const fallback = flagOf(fields['byte_fallback'], 'byte_fallback', false);
  const ignoreMerges = flagOf(fields['ignore_merges'], 'ignore_merges', false);
  const merges = readMerges(fields['merges'], vocabulary, prefix);
  const words = new Map<string, readonly number[]>();

  function symbols(word: string): number[] {
    const ids: number[] = [];
    let isPending = false;
    const flush = (): void => {
      if (isPending) ids.push(unknownId(vocabulary, unknown));
      isPending = false;
    };
    for (let at = 0; at < word.length;) {
      const code = word.codePointAt(at) as number;
      const end = at + (code > 0xffff ? 2 : 1);
      let symbol = word.slice(at, end);
      if (at > 0) symbol = prefix + symbol;
      if (end === word.length) symbol += suffix;
      at = end;
      const id = vocabulary.get(symbol);
      if (id !== undefined) {
        flush();
        ids.push(id);
        continue;
      }
      const bytes = fallback ? byteTokens(symbol).map((token) => vocabulary.get(token)) : [];
      // As in the library, an unknown character before such bytes comes after them.
      if (bytes.length && bytes.every((byte) => byte !== undefined)) ids.push(...bytes);
      else if (unknown !== undefined) {
        if (!fuse) flush();
        isPending = true;
      }
    }
    flush();
    return ids;
  }

  return {
    size: vocabulary.size,
    idOf: (token) => vocabulary.get(token),
    tokenize(word, ids) {
      const whole = ignoreMerges ? vocabulary.get(word) : undefined;
      if (whole !== undefined) {
        ids.push(whole);
        return;
      }
      let found = words.get(word);
      if (!found) {
        found = merge(symbols(word), merges);
        if (word.length <= remembered.length) {
          if (words.size >= remembered.words) words.clear();
          words.set(word, found);
        }
      }
      for (const id of found) ids.push(id);
    },
  };
}

function readMerges(value: unknown, vocabulary: Vocabulary, prefix: string): Merges {
  const list = listOf(value, 'model.merges');
  if (list.length > most.tokens) throw beyond('the number of merges', most.tokens);
  const ranks = new Map<number, number>();
  const results = new Int32Array(list.length);
  let rank = 0;
  for (const entry of list) {
    if (typeof entry === 'string' && entry.startsWith('#version')) continue;
    const [left, right, more] = typeof entry === 'string' ? entry.split(' ') : listOf(entry, 'a merge');
    if (left === undefined || right === undefined || more !== undefined) throw malformed('a merge is not a pair');
    const a = textOf(left, 'a merge');
    const b = textOf(right, 'a merge');
    const ids = [a, b, a + b.slice(prefix.length)].map((token) => vocabulary.get(token));
    const [first, second, result] = ids;
    if (first === undefined || second === undefined || result === undefined) {
      throw malformed(`the merge ${JSON.stringify(`${a} ${b}`.slice(0, 60))} is of tokens outside the vocabulary`);
    }
    if (Math.max(first, second, result) >= PAIR) throw beyond('an id', PAIR);
    results[rank] = result;
    ranks.set(first * PAIR + second, rank++);
  }
  return { ranks, results };
}

/** Merges the pair of the lowest rank, the leftmost first, until none is left: O(n log n). */
function merge(ids: number[], { ranks, results }: Merges): readonly number[] {
  const count = ids.length;
  if (count < 2 || ranks.size === 0) return ids;
  const queue = new MergeQueue();
  const next = new Int32Array(count);
  const previous = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    next[i] = i + 1;
    previous[i] = i - 1;
  }
  const consider = (at: number): void => {
    const after = next[at] as number;
    if (after >= count) return;
    const rank = ranks.get((ids[at] as number) * PAIR + (ids[after] as number));
    if (rank !== undefined) queue.push(rank, at);
  };
  for (let i = 0; i + 1 < count; i++) consider(i);
  for (let top = queue.pop(); top; top = queue.pop()) {
    const { rank, at } = top;
    const after = next[at] as number;
    if (ids[at] === -1 || after >= count) continue;
    const current = ranks.get((ids[at] as number) * PAIR + (ids[after] as number));
    // An entry that is out of date counts when it leads to the same token.
    if (current === undefined || results[current] !== results[rank]) continue;
    ids[at] = results[rank] as number;
    ids[after] = -1;
    const beyondIt = next[after] as number;
    next[at] = beyondIt;
    if (beyondIt < count) previous[beyondIt] = at;
    if ((previous[at] as number) >= 0) consider(previous[at] as number);
    consider(at);
  }
  return ids.filter((id) => id !== -1);
}
