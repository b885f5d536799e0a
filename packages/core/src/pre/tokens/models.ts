import { readBpe } from './bpe.ts';
import { countOf, fieldsOf, most, optionalText, shown, textOf, unsupported, type Fields } from './fields.ts';
import { Trie } from './trie.ts';
import { readUnigram } from './unigram.ts';
import { readVocabulary, unknownId } from './vocabulary.ts';

/** Turns a word into ids. */
export interface TokenModel {
  /** Appends the ids of a word, which is not empty. */
  tokenize(word: string, ids: number[]): void;
  idOf(token: string): number | undefined;
  readonly size: number;
}

/** The model of tokenizer.json. */
export function readModel(value: unknown): TokenModel {
  const fields = fieldsOf(value, 'the model');
  const type = fields['type'] ?? guessed(fields);
  if (type === 'BPE') return readBpe(fields);
  if (type === 'Unigram') return readUnigram(fields);
  if (type === 'WordPiece') return wordPiece(fields);
  if (type === 'WordLevel') return wordLevel(fields);
  throw unsupported(
    `the model ${shown(type)}`,
    'Slipway tokenizes with BPE, Unigram, WordPiece and WordLevel. Import model.onnx alone and send token ids.',
  );
}

/** Files of old versions do not say the type. */
function guessed(fields: Fields): string {
  if (fields['merges'] !== undefined) return 'BPE';
  if (Array.isArray(fields['vocab'])) return 'Unigram';
  return fields['continuing_subword_prefix'] === undefined ? 'WordLevel' : 'WordPiece';
}

/** The longest token that fits, again and again; a word that cannot be covered is unknown as a whole. */
function wordPiece(fields: Fields): TokenModel {
  const vocabulary = readVocabulary(fields['vocab'], most.soughtLength);
  const unknown = optionalText(fields['unk_token'], 'unk_token') ?? '[UNK]';
  const prefix = optionalText(fields['continuing_subword_prefix'], 'continuing_subword_prefix') ?? '##';
  const longest = fields['max_input_chars_per_word'];
  const mostCharacters = longest === undefined ? 100 : countOf(longest, 'max_input_chars_per_word');
  const trie = new Trie(vocabulary.size * 3);
  for (const [token, id] of vocabulary) trie.set(token, id);
  const inside = trie.walk(prefix);

  return {
    size: vocabulary.size,
    idOf: (token) => vocabulary.get(token),
    tokenize(word, ids) {
      const before = ids.length;
      if (word.length > mostCharacters && characters(word) > mostCharacters) {
        ids.push(unknownId(vocabulary, unknown));
        return;
      }
      for (let at = 0; at < word.length;) {
        let node = at === 0 ? 0 : inside;
        let id = -1;
        let end = at;
        for (let i = at; i < word.length && node !== -1; i++) {
          node = trie.child(node, word.charCodeAt(i));
          const found = node === -1 ? -1 : trie.value(node);
          if (found !== -1) {
            id = found;
            end = i + 1;
          }
        }
        if (id === -1) {
          ids.length = before;
          ids.push(unknownId(vocabulary, unknown));
          return;
        }
        ids.push(id);
        at = end;
      }
    },
  };
}

function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function wordLevel(fields: Fields): TokenModel {
  const vocabulary = readVocabulary(fields['vocab']);
  const unknown = textOf(fields['unk_token'] ?? '<unk>', 'unk_token');
  return {
    size: vocabulary.size,
    idOf: (token) => vocabulary.get(token),
    tokenize: (word, ids) => ids.push(vocabulary.get(word) ?? unknownId(vocabulary, unknown)),
  };
}
