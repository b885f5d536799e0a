import { describeDtype } from './dtype.ts';
import { NdArray } from './ndarray.ts';
import { PyBytes, PyDict, PyFloat, PyGlobal, PyObject, PySet, PyTuple, type Plain } from './plain.ts';
import { NpDtype, NpScalar } from './scalar.ts';

/** How deep and how wide a value is written; what lies beyond becomes `…`. */
export interface ReprLimits {
  readonly depth: number;
  /** Values in all. */
  readonly values: number;
}

const usual: ReprLimits = { depth: 6, values: 200 };

/** Writes plain data much as Python's `repr` would, shortened: for messages and reports, whatever a file holds. */
export function repr(value: Plain, limits: ReprLimits = usual): string {
  return new Writer(limits).write(value, 0);
}

class Writer {
  readonly #limits: ReprLimits;
  #written = 0;

  constructor(limits: ReprLimits) {
    this.#limits = limits;
  }

  write(value: Plain, depth: number): string {
    if (++this.#written > this.#limits.values) return '…';
    if (value === null) return 'None';
    if (value === true) return 'True';
    if (value === false) return 'False';
    if (typeof value === 'number' || typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return quote(value);
    if (value instanceof PyFloat) return float(value.value);
    if (value instanceof PyBytes)
      return `b${quote(String.fromCharCode(...value.bytes.subarray(0, 60)), value.bytes.length > 60)}`;
    if (value instanceof PyGlobal) return `<${value.path}>`;
    if (value instanceof NpDtype) return `dtype('${describeDtype(value.dtype)}')`;
    if (depth >= this.#limits.depth) return '…';
    return this.#container(value, depth + 1);
  }

  #container(
    value: readonly Plain[] | PyTuple | PyDict | PySet | PyObject | NdArray | NpScalar,
    depth: number,
  ): string {
    if (value instanceof NpScalar) return `${describeDtype(value.dtype)}(${this.write(value.value, depth)})`;
    if (value instanceof PyTuple) return `(${this.#list(value.items, depth)}${value.items.length === 1 ? ',' : ''})`;
    if (value instanceof PyDict) return this.#dict(value, depth);
    if (value instanceof PySet) {
      const items = value.items.length > 0 ? `{${this.#list(value.items, depth)}}` : '';
      return value.frozen ? `frozenset(${items})` : items || 'set()';
    }
    if (value instanceof PyObject) return this.#object(value, depth);
    if (value instanceof NdArray) {
      const order = value.fortran && value.shape.length > 1 ? ', F' : '';
      return `array(${describeDtype(value.dtype)}, (${value.shape.join(', ')})${order})`;
    }
    return `[${this.#list(value, depth)}]`;
  }

  #object(value: PyObject, depth: number): string {
    const callee = value.callee instanceof PyGlobal ? value.callee.path : this.write(value.callee, depth);
    const parts = [value.how === 'call' ? `${callee}(${this.#list(value.args, depth)})` : `<${callee}`];
    if (value.how === 'new' && value.args.length > 0) parts.push(`(${this.#list(value.args, depth)})`);
    if (value.kwargs) parts.push(`kwargs=${this.#dict(value.kwargs, depth)}`);
    if (value.appended) parts.push(`[${this.#list(value.appended, depth)}]`);
    if (value.items) parts.push(this.#dict(value.items, depth));
    if (value.state !== undefined) parts.push(`state=${this.write(value.state, depth)}`);
    return parts.join(' ') + (value.how === 'new' ? '>' : '');
  }

  #dict(dict: PyDict, depth: number): string {
    const parts: string[] = [];
    for (const [key, value] of dict.entries()) {
      if (this.#written >= this.#limits.values) {
        parts.push('…');
        break;
      }
      parts.push(`${this.write(key, depth)}: ${this.write(value, depth)}`);
    }
    return `{${parts.join(', ')}}`;
  }

  #list(items: readonly Plain[], depth: number): string {
    const parts: string[] = [];
    for (const item of items) {
      if (this.#written >= this.#limits.values) {
        parts.push('…');
        break;
      }
      parts.push(this.write(item, depth));
    }
    return parts.join(', ');
  }
}

function quote(text: string, isCut = text.length > 200): string {
  const shown = text
    .slice(0, 200)
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    // oxlint-disable-next-line no-control-regex -- control characters are what this writes visibly
    .replace(/[\u0000-\u001f\u007f-\u00a0]|\p{Surrogate}/gu, escape);
  return `'${shown}${isCut ? '…' : ''}'`;
}

function escape(character: string): string {
  const code = character.charCodeAt(0);
  return code > 255 ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

function float(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
