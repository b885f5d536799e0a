import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { fromBfloat16, fromFloat16 } from './halves.ts';

/** How a wire writes numbers. */
export interface NumberStyle {
  /** NaN and infinities: the names that Python's JSON knows, or null. */
  readonly odd: 'names' | 'null';
  /** float32 by the digits that it needs (0.2), not by those of the double that it is (0.20000000298023224). */
  readonly short?: boolean | undefined;
}

/** JSON text of element i. Whole floats keep `.0`, as Python and TensorFlow write them; int64 keeps every digit. */
export function elementWriter({ dtype, data }: Tensor, style: NumberStyle): (i: number) => string {
  switch (dtype) {
    case 'string':
      return (i) => JSON.stringify(data[i]);
    case 'bool':
      return (i) => (data[i] === 0 ? 'false' : 'true');
    case 'float64':
      return (i) => float(data[i] as number, style);
    case 'float32':
      return style.short ? (i) => float(shortest(data[i] as number), style) : (i) => float(data[i] as number, style);
    case 'float16':
      return (i) => float(fromFloat16(data[i] as number), style);
    case 'bfloat16':
      return (i) => float(fromBfloat16(data[i] as number), style);
    default:
      return (i) => String(data[i]);
  }
}

/** All elements, separated by commas. */
export function writeFlat(one: Tensor, style: NumberStyle): string {
  const write = elementWriter(one, style);
  let text = '';
  for (let i = 0; i < one.data.length; i++) text += i === 0 ? write(i) : `,${write(i)}`;
  return text;
}

/** JSON text of row i: nested arrays, or one value. */
export function rowWriter(one: Tensor, style: NumberStyle): (row: number) => string {
  const write = elementWriter(one, style);
  const dims = one.shape.slice(1);
  const width = sizeOf(dims);
  const [only] = dims;
  if (dims.length === 0) return write;
  if (dims.length === 1) return (row) => list(only as number, (k) => write(row * width + k));
  const nest = (level: number, offset: number): string => {
    if (level === dims.length) return write(offset);
    const step = sizeOf(dims.slice(level + 1));
    return list(dims[level] as number, (k) => nest(level + 1, offset + k * step));
  };
  return (row) => nest(0, row * width);
}

/** The whole tensor as nested arrays. */
export function writeNested(one: Tensor, style: NumberStyle): string {
  const [rows] = one.shape;
  return rows === undefined ? elementWriter(one, style)(0) : list(rows, rowWriter(one, style));
}

function list(count: number, item: (i: number) => string): string {
  let text = '[';
  for (let i = 0; i < count; i++) text += i === 0 ? item(i) : `,${item(i)}`;
  return `${text}]`;
}

function float(value: number, { odd }: NumberStyle): string {
  if (value - value !== 0) return odd === 'null' ? 'null' : String(value);
  if (!Number.isInteger(value) || Math.abs(value) >= 1e21) return String(value);
  return Object.is(value, -0) ? '-0.0' : `${value}.0`;
}

/** The number with the fewest digits that is the same float32. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
