import { fail, type SlipwayError } from '../../errors/index.ts';

/** A JSON object of tokenizer.json. Names that come from the file are looked up with `Object.hasOwn` only. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A JSON value as an object; `where` names it in the error. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (!isFields(value)) throw malformed(`${where} is not an object`);
  return value;
}

/** A JSON value as a list. */
export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${where} is not a list`);
  return value;
}

/** A text of well-formed Unicode. */
export function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw malformed(`${where} is not a text`);
  return value;
}

/** A text, or undefined for null and for what is left out. */
export function optionalText(value: unknown, where: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, where);
}

/** A whole number from 0 to 2^32 - 1. */
export function countOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff) {
    throw malformed(`${where} is not a whole number from 0 on`);
  }
  return value;
}

/** true or false; `usual` for what is left out. */
export function flagOf(value: unknown, where: string, usual: boolean): boolean {
  if (value === undefined || value === null) return usual;
  if (typeof value !== 'boolean') throw malformed(`${where} is neither true nor false`);
  return value;
}

/** One character (a code point). */
export function characterOf(value: unknown, where: string): string {
  const text = textOf(value, where);
  if (Array.from(text).length !== 1) throw malformed(`${where} is not one character`);
  return text;
}

/** The name of a component: `"type": "BertNormalizer"`. */
export function typeOf(fields: Fields, where: string): string {
  return textOf(fields['type'], `the type of ${where}`);
}

/** CORRUPT_FILE: tokenizer.json does not say what it must. */
export function malformed(problem: string): SlipwayError {
  return fail('CORRUPT_FILE', { format: 'tokenizer.json', problem });
}

/** What a file says in place of a name, short enough for a message. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}

/** UNSUPPORTED_MODEL: a component of tokenizer.json that is not carried out here. */
export function unsupported(what: string, advice: string): SlipwayError {
  return fail('UNSUPPORTED_MODEL', { path: 'tokenizer.json', what, why: '', advice });
}

/** A text that a component sets in; those of published tokenizers have a few characters. */
export function shortText(value: unknown, where: string): string {
  const text = textOf(value, where);
  if (text.length > most.tokenLength) throw beyond(`the length of ${where}`, most.tokenLength);
  return text;
}

/** TOO_LARGE for a text, or for what became of it. */
export function tooLong(limit: string): SlipwayError {
  return fail('TOO_LARGE', { what: 'A text', limit }, { hint: 'Send a shorter text.' });
}

/** LIMIT_EXCEEDED for a tokenizer that is larger than any honest one. */
export function beyond(what: string, limit: number): SlipwayError {
  return fail('LIMIT_EXCEEDED', { format: 'tokenizer.json', what, limit });
}

/** What a tokenizer may have. The largest published vocabularies have about 260,000 tokens. */
export const most = {
  tokens: 2_000_000,
  tokenLength: 4096,
  /** The same for tokens that are looked for at each character; published ones have less than 100. */
  soughtLength: 512,
  characters: 32_000_000,
  addedTokens: 100_000,
  components: 64,
  /** UTF-16 units of one text. */
  text: 1_000_000,
  /** The same after normalization, which may make texts longer. */
  grown: 16_000_000,
  /** Tokens of one row. */
  row: 16_384,
} as const;
