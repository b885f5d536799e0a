import { beyond, countOf, fieldsOf, malformed, most } from './fields.ts';

/** Token → id. A Map, because a token may be called `__proto__`. */
export type Vocabulary = ReadonlyMap<string, number>;

/** `model.vocab` as an object of ids. */
export function readVocabulary(value: unknown, longest: number = most.tokenLength): Vocabulary {
  const entries = Object.entries(fieldsOf(value, 'model.vocab'));
  if (entries.length > most.tokens) throw beyond('the number of tokens', most.tokens);
  const vocabulary = new Map<string, number>();
  let characters = 0;
  for (const [token, id] of entries) {
    characters += checkToken(token, longest);
    vocabulary.set(token, countOf(id, `the id of the token ${JSON.stringify(token.slice(0, 40))}`));
  }
  if (characters > most.characters) throw beyond('the length of all tokens', most.characters);
  return vocabulary;
}

/** The length of a token, which has a limit. */
export function checkToken(token: string, longest: number): number {
  if (token.length > longest) throw beyond('the length of a token', longest);
  return token.length;
}

/** The id that unknown words get; asked for when one comes. */
export function unknownId(vocabulary: Vocabulary, token: string | undefined): number {
  const id = token === undefined ? undefined : vocabulary.get(token);
  if (id === undefined) throw malformed('a word is unknown and the vocabulary has no token for unknown words');
  return id;
}
