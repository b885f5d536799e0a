import { fail } from '../errors/index.ts';
import { assemble, type Compiled } from './assemble.ts';
import type { Constant } from './code.ts';
import type { Factory, Generated } from './generated.ts';

/** A model as two files, for platforms that forbid code from strings. */
export interface WrittenModule {
  /** An ES module whose default export is the factory. No text of the model is in it. */
  readonly mjs: string;
  /** Everything else: names, tables, weights. */
  readonly bin: Uint8Array<ArrayBuffer>;
}

/** What `bin` begins with, after its length: JSON. Arrays follow, each at a multiple of 8. */
interface Header {
  readonly format: 1;
  readonly inputs: Generated['inputs'];
  readonly outputs: Generated['outputs'];
  readonly hasRow: boolean;
  readonly blockRows: number;
  readonly constants: readonly Entry[];
  readonly fixed: readonly (Entry | null)[];
}

interface ArrayEntry {
  readonly kind: keyof typeof classes;
  readonly start: number;
  readonly length: number;
}

type Entry =
  | ArrayEntry
  | { readonly kind: 'strings'; readonly data: readonly string[] }
  | { readonly kind: 'map'; readonly keys: readonly Label[]; readonly values: readonly Label[] }
  | {
      readonly kind: 'kernel';
      readonly bytes: ArrayEntry;
      readonly data: readonly { address: number; array: ArrayEntry }[];
    };

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Numbers that JSON lacks are `{ "number": "NaN" }`. */
type Label = string | number | { readonly number: string };

const classes = { float64: Float64Array, float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

/** Writes generated code as files. The same model gives the same bytes. */
export function toModule({ source, inputs, outputs, hasRow, blockRows, constants, fixed }: Generated): WrittenModule {
  const arrays = new ArrayWriter();
  const entry = (constant: Constant): Entry => {
    if (constant.kind === 'strings') return constant;
    if (constant.kind === 'map') {
      return { kind: 'map', keys: constant.keys.map(toLabel), values: constant.values.map(toLabel) };
    }
    if (constant.kind === 'kernel') {
      const data = constant.data.map(({ address, array }) => ({ address, array: arrays.add(array) }));
      return { kind: 'kernel', bytes: arrays.add(constant.bytes), data };
    }
    return arrays.add(constant.data);
  };
  const header: Header = {
    format: 1,
    inputs,
    outputs,
    hasRow,
    blockRows,
    constants: constants.map(entry),
    fixed: fixed.map((constant) => (constant ? entry(constant) : null)),
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const origin = Math.ceil((4 + text.length) / 8) * 8;
  const bin = new Uint8Array(origin + arrays.end);
  new DataView(bin.buffer).setUint32(0, text.length, true);
  bin.set(text, 4);
  for (const { start, bytes } of arrays.parts) bin.set(bytes, origin + start);
  return { mjs: `export default (C, errors) => {\n${source}\n};\n`, bin };
}

/** Makes a model of the default export of its module and the bytes beside it. */
export function fromModule(factory: Factory, bin: Uint8Array): Compiled {
  const { header, origin } = readHeader(bin);
  const arrayAt = ({ kind, start, length }: ArrayEntry): Numbers => {
    const from = origin + start;
    const bytes = new Uint8Array(bin.subarray(from, from + length * classes[kind].BYTES_PER_ELEMENT));
    return new classes[kind](bytes.buffer, 0, length);
  };
  const live = (entry: Entry): Constant => {
    if (entry.kind === 'strings') return entry;
    if (entry.kind === 'map') {
      return { kind: 'map', keys: entry.keys.map(fromLabel), values: entry.values.map(fromLabel) };
    }
    if (entry.kind === 'kernel') {
      const data = entry.data.map(({ address, array }) => ({ address, array: arrayAt(array) }));
      return { kind: 'kernel', bytes: arrayAt(entry.bytes), data } as Constant;
    }
    return { kind: entry.kind, data: arrayAt(entry) } as Constant;
  };
  return assemble(factory, {
    inputs: header.inputs,
    outputs: header.outputs,
    hasRow: header.hasRow,
    blockRows: header.blockRows,
    constants: header.constants.map(live),
    fixed: header.fixed.map((entry) => (entry ? live(entry) : undefined)),
  });
}

/** Lays arrays one after the other, each once and at a multiple of 8. */
class ArrayWriter {
  readonly parts: { start: number; bytes: Uint8Array }[] = [];
  end = 0;
  readonly #known = new Map<Numbers, ArrayEntry>();

  add(data: Numbers): ArrayEntry {
    const known = this.#known.get(data);
    if (known) return known;
    const start = Math.ceil(this.end / 8) * 8;
    this.parts.push({ start, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    this.end = start + data.byteLength;
    const entry: ArrayEntry = { kind: kindOf(data), start, length: data.length };
    this.#known.set(data, entry);
    return entry;
  }
}

function kindOf(data: Numbers): ArrayEntry['kind'] {
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}

function readHeader(bin: Uint8Array): { header: Header; origin: number } {
  try {
    const length = new DataView(bin.buffer, bin.byteOffset, bin.byteLength).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(bin.subarray(4, 4 + length))) as Header;
    if (header.format !== 1) throw new Error('another format');
    return { header, origin: Math.ceil((4 + length) / 8) * 8 };
  } catch (cause) {
    throw fail('PACKAGE_CORRUPT', { path: 'compiled model', problem: 'its data is not readable' }, { cause });
  }
}

function toLabel(label: string | number): Label {
  return typeof label === 'number' && (!Number.isFinite(label) || Object.is(label, -0))
    ? { number: Object.is(label, -0) ? '-0' : String(label) }
    : label;
}

function fromLabel(label: Label): string | number {
  return typeof label === 'object' ? Number(label.number) : label;
}
