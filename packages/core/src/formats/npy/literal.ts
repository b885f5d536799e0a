import { fail } from '../../errors/index.ts';

/** A value of the header: Python's literals without numbers that are not whole. */
export type Literal = null | boolean | number | string | readonly Literal[] | ReadonlyMap<string, Literal>;

const DEEPEST = 20;

/** Parses a Python literal of dicts, tuples, lists, strings, integers, booleans and None. Nothing is evaluated. */
export function parseLiteral(text: string): Literal {
  const parser = new LiteralParser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class LiteralParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Literal {
    if (depth > DEEPEST) throw invalid();
    const next = this.#peek();
    if (next === '{') return this.#dict(depth);
    if (next === '(') return this.#items(')', depth);
    if (next === '[') return this.#items(']', depth);
    if (next === "'" || next === '"') return this.#string();
    const word = this.#match(/[-\w]+/y);
    if (word === 'None') return null;
    if (word === 'True') return true;
    if (word === 'False') return false;
    // Python 2 wrote long integers as 10L.
    if (word && /^-?\d{1,16}L?$/.test(word)) return Number(word.replace('L', ''));
    throw invalid();
  }

  end(): void {
    if (this.#peek() !== undefined) throw invalid();
  }

  #dict(depth: number): ReadonlyMap<string, Literal> {
    const entries = new Map<string, Literal>();
    this.#position++;
    while (this.#peek() !== '}') {
      const key = this.#string();
      this.#expect(':');
      entries.set(key, this.value(depth + 1));
      if (this.#peek() !== '}') this.#expect(',');
    }
    this.#position++;
    return entries;
  }

  /** A tuple of one has a comma; parentheses without one only group. */
  #items(close: string, depth: number): Literal {
    const items: Literal[] = [];
    let hasComma = false;
    this.#position++;
    while (this.#peek() !== close) {
      items.push(this.value(depth + 1));
      if (this.#peek() === close) break;
      this.#expect(',');
      hasComma = true;
    }
    this.#position++;
    return close === ')' && items.length === 1 && !hasComma ? (items[0] as Literal) : items;
  }

  #string(): string {
    this.#peek();
    const quoted = this.#match(/'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"/y);
    if (quoted === undefined) throw invalid();
    return quoted
      .slice(1, -1)
      .replace(
        /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([^]))/g,
        (_, byte?: string, unit?: string, other?: string) => {
          const code = byte ?? unit;
          return code ? String.fromCharCode(Number.parseInt(code, 16)) : (other ?? '');
        },
      );
  }

  #peek(): string | undefined {
    this.#match(/\s*/y);
    return this.#text[this.#position];
  }

  #expect(character: string): void {
    if (this.#peek() !== character) throw invalid();
    this.#position++;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#position += match.length;
    return match;
  }
}

function invalid() {
  return fail('CORRUPT_FILE', { format: 'npy', problem: 'the header is damaged' });
}

/** An entry of a literal that is a dict; undefined where it is none or lacks it. */
export function entryOf(literal: Literal, key: string): Literal | undefined {
  return literal instanceof Map ? (literal as ReadonlyMap<string, Literal>).get(key) : undefined;
}
