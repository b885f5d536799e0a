import { fail, show, type Problem, type SlipwayError } from '../errors/index.ts';

/** Problems beyond this many are counted, not listed. */
const MAX_PROBLEMS = 50;
/** So many stand in the sentence of the error; the list has the others. */
const IN_SENTENCE = 3;

/** Collects everything that is wrong with an input, so that all of it is told at once. */
export class Problems {
  readonly #list: Problem[] = [];
  readonly #sentences: string[] = [];
  #hint: string | undefined;
  #count = 0;
  /** Stands for the path in sentences where users look for another place: `line 5, column "age"`. */
  place: string | undefined;
  /** Stands before the path in sentences: `line 5, `. */
  prefix = '';

  get count(): number {
    return this.#count;
  }

  /** False when a further problem is only counted: callers need not describe it. */
  get hasRoom(): boolean {
    return this.#list.length < MAX_PROBLEMS;
  }

  /** Counts problems without describing them. */
  skip(count = 1): void {
    this.#count += count;
  }

  /** `sentence` replaces "expected a number, received …" where another wording is clearer. */
  add(path: string, expected: string, came: string, options: { sentence?: string; hint?: string } = {}): void {
    this.#count++;
    if (!this.hasRoom) return;
    this.#list.push({ path, expected, received: came });
    const text = options.sentence ?? `expected ${withArticle(expected)}, received ${came}`;
    const place = this.place ?? this.prefix + path;
    this.#sentences.push(place === '' ? text : `${place}: ${text}`);
    // One hint is shown: it must be true of every problem.
    this.#hint = this.#list.length === 1 || this.#hint === options.hint ? options.hint : undefined;
  }

  throwIfAny(): void {
    if (this.#count > 0) throw this.error();
  }

  /** INVALID_INPUT with the first problems in its sentence and up to {@link MAX_PROBLEMS} in its list. */
  error(): SlipwayError {
    const told = this.#sentences.slice(0, IN_SENTENCE);
    const more = this.#count - told.length;
    const listed = this.#count > this.#list.length ? `, the first ${this.#list.length} are listed` : '';
    const problem = told.join('; ') + (more > 0 ? ` (and ${more} more${listed})` : '');
    return fail('INVALID_INPUT', { problem }, { errors: this.#list, ...(this.#hint ? { hint: this.#hint } : {}) });
  }
}

/** What came, for a message: scalars as JSON, anything larger by its kind (it may be huge or deep). */
export function received(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? 'an array of 1' : `an array of ${value.length}`;
  if (typeof value === 'string') return show(value.length > 100 ? value.slice(0, 100) : value);
  if (value !== null && typeof value === 'object') return 'an object';
  if (typeof value === 'number' && !Number.isFinite(value))
    return value > 0 ? 'Infinity' : value < 0 ? '-Infinity' : 'NaN';
  return show(value);
}

/** `rows[3].age`, `rows[3]["sepal length (cm)"]`, and a plain `age` at the top. */
export function member(path: string, name: string): string {
  if (path === '') return name;
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

function withArticle(expected: string): string {
  if (/^(one of|no|only|at|an?|the|nothing|exactly)\b/.test(expected)) return expected;
  return `${/^[aeio]/i.test(expected) ? 'an' : 'a'} ${expected}`;
}
