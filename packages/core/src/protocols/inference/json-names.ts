import { fail, SlipwayError } from '../../errors/index.ts';
import { parseJson } from '../../signature/index.ts';

/**
 * Parses JSON as Python and TensorFlow write it: NaN becomes null, which is what NaN means in a row, and infinities
 * stay infinite. Only documents that are no JSON are looked at twice.
 */
export function parseNamedJson(text: string, exact = false): unknown {
  try {
    return parseJson(text, exact);
  } catch (error) {
    if (!(error instanceof SlipwayError) || !/NaN|Infinity/.test(text)) throw error;
    return parseJson(withoutNames(text), exact);
  }
}

/** Replaces NaN, Infinity and -Infinity outside of strings; one pass, however the text is made. */
function withoutNames(text: string): string {
  let out = '';
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
      continue;
    }
    const name = char === 'N' ? 'NaN' : char === 'I' ? 'Infinity' : undefined;
    if (name === undefined || !text.startsWith(name, i)) continue;
    out += text.slice(start, i) + (name === 'NaN' ? 'null' : '1e999');
    i += name.length - 1;
    start = i + 1;
  }
  return out + text.slice(start);
}

/** The document as an object; what it is instead is INVALID_REQUEST. */
export function parseObject(text: string, expected: string, exact = false): Record<string, unknown> {
  const document = parseNamedJson(text, exact);
  if (isObject(document)) return document;
  const kind = Array.isArray(document) ? 'a list' : document === null ? 'null' : `a ${typeof document}`;
  throw fail('INVALID_REQUEST', { problem: `The body: expected ${expected}, received ${kind}.` });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
