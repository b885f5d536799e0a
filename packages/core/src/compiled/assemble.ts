import { fail } from '../errors/index.ts';
import { sizeOf, type DType, type Tensor, type TensorData } from '../tensor/index.ts';
import type { Constant } from './code.ts';
import { int64Of, numbersOf } from './int64.ts';
import { startKernel } from './kernel.ts';
import type { Column, Factory, Generated, GeneratedErrors, InputPort, OutputPort } from './generated.ts';

/**
 * A model as JavaScript.
 *
 * One row: write `numbers` and `strings` (each input at its `slot`, row-major), call `runRow()`, read `outputs`.
 * All three are the same arrays in every call, so nothing is allocated; a call must be read before the next one.
 * Booleans are 0 and 1, int64 are numbers, which must be safe integers; float32 inputs are rounded on reading.
 * Many rows: `run`.
 */
export interface Compiled {
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
  /** Bytes of its data, about. */
  readonly bytes: number;
  readonly numbers: Float64Array;
  readonly strings: string[];
  /** False where a length differs from call to call (the words of a text): then `runRow` must not be called. */
  readonly hasRow: boolean;
  /** Results of `runRow` by name: numbers of any dtype as float64, or strings. */
  readonly rowOutputs: Readonly<Record<string, Float64Array | string[]>>;
  readonly runRow: () => void;
  /** Answers any number of rows, which must be `rows` if that is given; axis 0 of every input counts them. */
  run(inputs: Readonly<Record<string, Tensor>>, rows?: number): Record<string, Tensor>;
  /** The same in parts, for who has other things to do in between. */
  begin(inputs: Readonly<Record<string, Tensor>>, rows?: number): Call;
}

/** The answers to many rows while they are computed. */
export interface Call {
  readonly rows: number;
  /** Answers rows [start, end). */
  answer(start: number, end: number): void;
  /** The results, once all rows are answered; only once. */
  outputs(): Record<string, Tensor>;
}

/** Makes a model of its code and data. Generates nothing, so it works where `new Function` is forbidden. */
export function assemble(factory: Factory, generated: Omit<Generated, 'source'>): Compiled {
  const { inputs, outputs, fixed, hasRow, blockRows } = generated;
  const forms = factory(generated.constants.map(live), errors);
  outputs.forEach(({ isConstant }, i) => {
    const constant = fixed[i];
    const target = forms.outputs[i];
    if (!isConstant || !constant || !target || constant.kind === 'map' || constant.kind === 'kernel') return;
    constant.data.forEach((element, j) => (target[j] = element));
  });
  const rowOutputs = Object.fromEntries(
    outputs.map(({ name }, i) => [name, forms.outputs[i] as Float64Array | string[]]),
  );
  const begin = (tensors: Readonly<Record<string, Tensor>>, expected?: number): Call => {
    const { rows, lengths } = sizesOf(inputs, tensors, expected);
    const from = inputs.map((port) => columnOf(port, tensors[port.name] as Tensor));
    const to = outputs.map(({ dtype, size, isConstant }) => newColumn(dtype, isConstant ? 0 : size * rows));
    return {
      rows,
      answer(first, last) {
        for (let start = first; start < last; start += blockRows)
          forms.block(start, Math.min(last, start + blockRows), from, to, lengths);
      },
      outputs: () =>
        Object.fromEntries(
          outputs.map(({ name, dtype, shape, isConstant }, i): [string, Tensor] => {
            if (isConstant) return [name, { dtype, shape, data: dataOf(dtype, forms.outputs[i] as Column) }];
            const [lead = 1, ...rest] = shape;
            const column = to[i] as Column;
            const data = dtype === 'int64' ? int64Of(column as Float64Array) : dataOf(dtype, column);
            return [name, { dtype, shape: [lead * rows, ...rest], data }];
          }),
        ),
    };
  };
  return {
    inputs,
    outputs,
    bytes: generated.constants.reduce((sum, constant) => sum + bytesOf(constant), 0),
    numbers: forms.numbers,
    strings: forms.strings,
    hasRow,
    rowOutputs,
    runRow: () => forms.row(),
    begin,
    run(tensors, expected) {
      const call = begin(tensors, expected);
      call.answer(0, call.rows);
      return call.outputs();
    },
  };
}

/** The number of rows, and the lengths that differ from call to call, from inputs that must agree. */
function sizesOf(
  inputs: readonly InputPort[],
  tensors: Readonly<Record<string, Tensor>>,
  expected: number | undefined,
): { rows: number; lengths: number[] } {
  let rows = expected;
  const lengths: number[] = [];
  for (const { name, dtype, shape, size, lengths: own } of inputs) {
    const tensor = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (!tensor) throw invalid(`the input "${name}" is missing`);
    if (tensor.dtype !== dtype) throw invalid(`the input "${name}" is ${tensor.dtype} and not ${dtype}`);
    const fits =
      tensor.shape.length === shape.length &&
      sizeOf(tensor.shape) === tensor.data.length &&
      shape.every((dim, axis) =>
        axis === 0 ? (tensor.shape[0] as number) % dim === 0 : dim < 0 || tensor.shape[axis] === dim,
      );
    if (!fits)
      throw invalid(`the input "${name}" has the shape [${tensor.shape.join(', ')}]; one row is [${shape.join(', ')}]`);
    for (const [axis, index] of Object.entries(own)) {
      const length = tensor.shape[Number(axis)] as number;
      if ((lengths[index] ?? length) !== length)
        throw invalid(`the input "${name}" is ${length} long and not ${lengths[index]}`);
      lengths[index] = length;
    }
    const count = size === 0 ? 0 : (tensor.shape[0] as number) / (shape[0] as number);
    if (rows !== undefined && rows !== count) throw invalid(`the input "${name}" has ${count} rows and not ${rows}`);
    rows = count;
  }
  return { rows: rows ?? 1, lengths };
}

/** The array that the block form reads: integers become float64, where they are exact. */
function columnOf({ name, dtype }: InputPort, { data }: Tensor): Column {
  if (!ArrayBuffer.isView(data)) return data;
  if (data instanceof Float64Array || data instanceof Float32Array || dtype === 'bool') return data as Column;
  const column = data instanceof BigInt64Array ? numbersOf(data) : Float64Array.from(data as ArrayLike<number>);
  if (dtype === 'int64' && !column.every((element) => Number.isSafeInteger(element))) {
    throw fail(
      'INVALID_INPUT',
      { problem: `the input "${name}" holds an integer beyond 2^53` },
      { hint: 'Run the model with ONNX Runtime.' },
    );
  }
  return column;
}

function newColumn(dtype: DType, length: number): Column {
  if (dtype === 'string') return Array.from({ length }, () => '');
  if (dtype === 'float32') return new Float32Array(length);
  return dtype === 'bool' ? new Uint8Array(length) : new Float64Array(length);
}

/** The elements of a column as a tensor of the dtype holds them. */
export function dataOf(dtype: DType, column: Column): TensorData {
  if (!ArrayBuffer.isView(column)) return column;
  switch (dtype) {
    case 'int64':
      return int64Of(Float64Array.from(column as Float64Array));
    case 'float32':
      return column instanceof Float32Array ? column : Float32Array.from(column);
    case 'bool':
      return column instanceof Uint8Array ? column : Uint8Array.from(column);
    case 'int32':
      return Int32Array.from(column);
    case 'int16':
      return Int16Array.from(column);
    case 'int8':
      return Int8Array.from(column);
    case 'uint32':
      return Uint32Array.from(column);
    case 'uint16':
      return Uint16Array.from(column);
    case 'uint8':
      return Uint8Array.from(column);
    default:
      return column as Float64Array;
  }
}

function live(constant: Constant): unknown {
  if (constant.kind === 'kernel') return startKernel(constant);
  if (constant.kind !== 'map') return constant.data;
  const map = new Map<string | number, string | number>();
  constant.keys.forEach((key, i) => {
    if (!map.has(key)) map.set(key, constant.values[i] as string | number);
  });
  return map;
}

/** What an entry of a map, or a text beside its letters, takes. */
const ENTRY_BYTES = 64;

function bytesOf(constant: Constant): number {
  switch (constant.kind) {
    case 'map':
      return constant.keys.length * ENTRY_BYTES;
    case 'kernel':
      return constant.bytes.length + constant.data.reduce((sum, { array }) => sum + 2 * array.byteLength, 0);
    case 'strings':
      return constant.data.reduce((sum, text) => sum + text.length + ENTRY_BYTES / 2, 0);
    default:
      return constant.data.byteLength;
  }
}

const errors: GeneratedErrors = {
  outOfRange: (index, count) => invalid(`the index ${index} is outside of ${count} elements`),
  notANumber: (text) => invalid(`${JSON.stringify(text.slice(0, 40))} is not a number`),
};

function invalid(problem: string) {
  return fail('INVALID_INPUT', { problem });
}
