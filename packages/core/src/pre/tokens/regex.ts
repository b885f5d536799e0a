import { unsupported } from './fields.ts';
import { eitherCase, escapes, literal, posix, property, WORD_ALONE } from './regex-class.ts';
import { alternatives, assertion, character, inRow, nothing, repeated, type Part } from './regex-part.ts';

/** A pattern of tokenizer.json as a JavaScript one, and how long texts may be for it. */
export interface Translated {
  /** Flags `gv`. */
  readonly regex: RegExp;
  /** UTF-16 units. Patterns that may look back over a run again and again take less. */
  readonly limit: number;
}

const longest = 2000;
const most = { text: 1_000_000, retriedText: 50_000, repeat: 1000, depth: 20 };

/**
 * Oniguruma's syntax (Ruby) → JavaScript, for the part that tokenizers use.
 *
 * JavaScript's engine goes back on failure, so patterns that could take exponential or cubic time are refused: repetitions
 * inside repetitions, alternatives inside repetitions, and two repetitions in a row that both can be retried.
 */
export function translate(pattern: string): Translated {
  if (pattern.length > longest) throw refused(pattern, `is longer than ${longest} characters`);
  const parser = new Parser(pattern);
  const { source, retries } = parser.whole();
  if (retries > 1) throw refused(pattern, 'repeats in several places that have to be tried against each other');
  let regex: RegExp;
  try {
    regex = new RegExp(source, 'gv');
  } catch {
    throw refused(pattern, 'is not a valid regular expression');
  }
  return { regex, limit: retries ? most.retriedText : most.text };
}

class Parser {
  readonly #pattern: string;
  readonly #units: readonly string[];
  #at = 0;
  #depth = 0;
  #groups = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
    this.#units = Array.from(pattern);
  }

  whole(): Part {
    const part = this.#alternatives(false);
    if (this.#at < this.#units.length) throw this.#refused('has a bracket too many');
    return part;
  }

  #alternatives(fold: boolean): Part {
    if (++this.#depth > most.depth) throw this.#refused('is nested too deeply');
    const branches = [this.#sequence(fold)];
    while (this.#take('|')) branches.push(this.#sequence(fold));
    this.#depth--;
    return alternatives(branches);
  }

  #sequence(fold: boolean): Part {
    let all = nothing;
    while (this.#at < this.#units.length && this.#peek() !== '|' && this.#peek() !== ')') {
      all = inRow(all, this.#quantified(this.#atom(fold)));
    }
    return all;
  }

  #quantified(atom: Part): Part {
    const bounds = this.#bounds();
    if (!bounds) return atom;
    const [least, greatest] = bounds;
    const isEndless = greatest === Infinity;
    if (greatest > 1 && (atom.tail > 0 || atom.retries > 0 || (isEndless && !atom.plain))) {
      throw this.#refused('has repetitions or alternatives inside a repetition');
    }
    const part = repeated(atom, least, greatest);
    if (part.size > most.repeat) throw this.#refused(`repeats more than ${most.repeat} times`);
    if (this.#take('?')) return { ...part, source: `${part.source}?`, retries: part.retries + (isEndless ? 1 : 0) };
    if (this.#peek() === '+' && this.#units[this.#at - 1] !== '}') {
      this.#at++;
      return this.#atomic(part);
    }
    if (this.#bounds()) throw this.#refused('repeats a repetition');
    return part;
  }

  /** What is matched is not given back: JavaScript has that for lookaheads. */
  #atomic(part: Part): Part {
    const group = ++this.#groups;
    return { ...part, source: `(?=(${part.source}))\\${group}(?:)`, tail: 0, plain: false };
  }

  #bounds(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Infinity];
    if (this.#take('+')) return [1, Infinity];
    if (this.#take('?')) return [0, 1];
    const found = /^\{(\d{0,6})(,?)(\d{0,6})\}/.exec(this.#units.slice(this.#at, this.#at + 20).join(''));
    if (!found || (found[1] === '' && found[3] === '')) return undefined;
    this.#at += found[0].length;
    const least = Number(found[1]);
    const greatest = found[2] === '' ? least : found[3] === '' ? Infinity : Number(found[3]);
    if (greatest < least) throw this.#refused('has a repetition whose bounds are the wrong way round');
    return [least, greatest];
  }

  #atom(fold: boolean): Part {
    const unit = this.#next();
    if (unit === '(') return this.#group(fold);
    if (unit === '[') return character(this.#class(fold));
    if (unit === '.') return character('[^\\n]');
    if (unit === '^') return assertion('(?<![^\\n])(?:(?<!\\n)|(?=[^]))');
    if (unit === '$') return assertion('(?![^\\n])');
    if (unit === '\\') return this.#escape(fold);
    if ('*+?'.includes(unit)) throw this.#refused('repeats nothing');
    return character(this.#letter(unit.codePointAt(0) as number, fold));
  }

  #letter(codePoint: number, fold: boolean): string {
    if (!fold) return literal(codePoint);
    if (codePoint > 0x7f) throw this.#refused('ignores the case of letters beyond ASCII');
    const both = eitherCase(codePoint);
    return both.length === 1 ? literal(codePoint) : `[${both.map(literal).join('')}]`;
  }

  #escape(fold: boolean): Part {
    const unit = this.#peek();
    if (unit === 'b' || unit === 'B') return this.#ahead(boundary(unit === 'B'));
    if (unit === 'A') return this.#ahead(assertion('(?<![^])'));
    if (unit === 'z') return this.#ahead(assertion('(?![^])'));
    if (unit === 'Z') return this.#ahead(assertion('(?![^])|(?=\\n(?![^]))'));
    if (unit === 'w' || unit === 'W') return this.#ahead(character(`[${unit === 'W' ? '^' : ''}${WORD_ALONE}]`));
    if (unit !== undefined && (/[1-9]/.test(unit) || 'GkgKRX'.includes(unit))) {
      throw this.#refused(`has \\${unit}`);
    }
    const found = this.#escaped();
    return character(typeof found === 'number' ? this.#letter(found, fold) : `[${found}]`);
  }

  #ahead(part: Part): Part {
    this.#at++;
    return part;
  }

  /** After a backslash: a code point, or the inside of a class. */
  #escaped(): number | string {
    const unit = this.#next();
    const known = escapes.get(unit);
    if (known !== undefined) return known;
    const opposite = escapes.get(unit.toLowerCase());
    if (opposite !== undefined) return `[^${opposite}]`;
    if (unit === 'p' || unit === 'P') {
      const name = this.#upTo('}').replace(/^\{/, '');
      const found = property(name, unit === 'P');
      if (found === undefined) throw this.#refused(`has the property ${JSON.stringify(name.slice(0, 40))}`);
      return found;
    }
    const control = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7, e: 27, '0': 0 }[unit];
    if (control !== undefined) return control;
    if (unit === 'x' || unit === 'u') {
      const digits =
        this.#peek() === '{'
          ? this.#upTo('}').slice(1)
          : this.#units.slice(this.#at, (this.#at += unit === 'x' ? 2 : 4)).join('');
      const codePoint = /^[0-9a-fA-F]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Infinity;
      if (codePoint > 0x10ffff) throw this.#refused('has an escape that is no character');
      return codePoint;
    }
    if (/[a-zA-Z0-9]/.test(unit)) throw this.#refused(`has \\${unit}`);
    return unit.codePointAt(0) as number;
  }

  #group(fold: boolean): Part {
    let inner = fold;
    let open = '(?:';
    if (this.#take('?')) {
      const kind = this.#next();
      if (kind === '>') return this.#atomic(this.#closed(fold));
      if (kind === '=' || kind === '!') open = `(?${kind}`;
      else if (kind === '<' && (this.#peek() === '=' || this.#peek() === '!')) open = `(?<${this.#next()}`;
      else if (kind === 'i' && this.#take(':')) inner = true;
      else if (kind === '-' && this.#take('i') && this.#take(':')) inner = false;
      else if (kind !== ':') throw this.#refused(`has a group (?${kind}`);
    }
    const part = this.#closed(inner);
    const source = `${open}${part.source})`;
    return open === '(?:'
      ? { ...part, source }
      : { source, retries: part.retries + part.tail, tail: 0, optional: false, plain: false, size: part.size };
  }

  #closed(fold: boolean): Part {
    const part = this.#alternatives(fold);
    if (!this.#take(')')) throw this.#refused('has a bracket that is not closed');
    return part;
  }

  #class(fold: boolean): string {
    if (++this.#depth > most.depth) throw this.#refused('is nested too deeply');
    const isNegated = this.#take('^');
    const parts: string[] = [];
    let inside = '';
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#peek() === '&' && this.#units[this.#at + 1] === '&') {
        this.#at += 2;
        parts.push(inside);
        inside = '';
      } else inside += this.#member(fold);
    }
    this.#at++;
    this.#depth--;
    parts.push(inside);
    const whole = parts.length === 1 ? inside : parts.map((part) => `[${part}]`).join('&&');
    return `[${isNegated ? '^' : ''}${whole}]`;
  }

  /** A character, a range, an escape or a class inside a class. */
  #member(fold: boolean): string {
    const unit = this.#next();
    if (unit === '[') return this.#peek() === ':' ? this.#posix() : this.#class(fold);
    const first = unit === '\\' ? this.#escaped() : (unit.codePointAt(0) as number);
    if (typeof first === 'string') return first;
    const isRange =
      this.#peek() === '-' && this.#units[this.#at + 1] !== ']' && this.#units[this.#at + 1] !== undefined;
    if (!isRange) return fold ? eitherCase(first).map(literal).join('') : literal(first);
    this.#at++;
    const end = this.#next();
    const last = end === '\\' ? this.#escaped() : (end.codePointAt(0) as number);
    if (typeof last === 'string' || last < first || end === '[') throw this.#refused('has a range that is none');
    if (fold) throw this.#refused('ignores the case of a range');
    return `${literal(first)}-${literal(last)}`;
  }

  #posix(): string {
    const name = this.#upTo(']');
    const found = /^:(\^?)([a-z]+):$/.exec(name);
    const inside = found && posix.get(found[2] as string);
    if (!inside) throw this.#refused(`has the class [${name.slice(0, 40)}]`);
    return found[1] ? `[^${inside}]` : inside;
  }

  #upTo(end: string): string {
    let text = '';
    for (let unit = this.#next(); unit !== end; unit = this.#next()) text += unit;
    return text;
  }

  #peek(): string | undefined {
    return this.#units[this.#at];
  }

  #take(unit: string): boolean {
    if (this.#peek() !== unit) return false;
    this.#at++;
    return true;
  }

  #next(): string {
    const unit = this.#units[this.#at++];
    if (unit === undefined) throw this.#refused('ends too early');
    return unit;
  }

  #refused(problem: string) {
    return refused(this.#pattern, problem);
  }
}

function boundary(isNegated: boolean): Part {
  const word = `[${WORD_ALONE}]`;
  return assertion(
    isNegated ? `(?<=${word})(?=${word})|(?<!${word})(?!${word})` : `(?<=${word})(?!${word})|(?<!${word})(?=${word})`,
  );
}

function refused(pattern: string, problem: string) {
  const shown = JSON.stringify(pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern);
  return unsupported(
    `the regular expression ${shown}, which ${problem},`,
    'Write the pattern more simply in tokenizer.json, or import model.onnx alone and send token ids.',
  );
}
