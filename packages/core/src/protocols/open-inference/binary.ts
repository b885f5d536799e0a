import { fail } from '../../errors/index.ts';
import { arrays, sizeOf, tensor, type DType, type NumberData, type Tensor } from '../../tensor/index.ts';

/** Bytes of an element. */
const SIZES: Readonly<Record<Exclude<DType, 'string'>, number>> = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  bfloat16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
};

/** Reads raw little-endian elements (binary tensor data extension). `bytes` is all that the input has. */
export function readBinary(name: string, dtype: DType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const count = sizeOf(shape);
  if (dtype === 'string') return tensor('string', shape, readStrings(name, bytes, count));
  const Numbers = arrays[dtype];
  const expected = count * SIZES[dtype];
  if (bytes.length !== expected) throw wrongSize(name, expected, bytes.length);
  // Copied, because elements must be aligned in memory (and a Buffer of Node slices without copying).
  const data = new Numbers(new Uint8Array(bytes).buffer);
  if (dtype === 'bool') for (let i = 0; i < count; i++) if (data[i] !== 0) data[i] = 1;
  return tensor(dtype, shape, data);
}

/** Each string has its length in front, four bytes. */
function readStrings(name: string, bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const strings: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) throw broken(name, 'a length is cut off');
    const length = view.getUint32(at, true);
    at += 4;
    if (length > bytes.length - at)
      throw broken(name, `element ${strings.length} has ${length} bytes, and ${bytes.length - at} are left`);
    try {
      strings.push(decoder.decode(bytes.subarray(at, at + length)));
    } catch (cause) {
      throw fail('INVALID_INPUT', { problem: `${name}[${strings.length}]: the bytes are not UTF-8.` }, { cause });
    }
    at += length;
  }
  if (strings.length !== count) throw broken(name, `expected ${count} strings, received ${strings.length}`);
  return strings;
}

/** The elements as raw bytes. */
export function writeBinary({ dtype, data }: Tensor): Uint8Array {
  if (dtype !== 'string') {
    const { buffer, byteOffset, byteLength } = data as NumberData;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }
  const encoder = new TextEncoder();
  const texts = (data as readonly string[]).map((text) => encoder.encode(text));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + 4 + text.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const text of texts) {
    view.setUint32(at, text.length, true);
    bytes.set(text, at + 4);
    at += 4 + text.length;
  }
  return bytes;
}

function wrongSize(name: string, expected: number, received: number) {
  return fail('INVALID_REQUEST', {
    problem: `${name}: expected ${expected} bytes of binary data for its shape and datatype, received ${received}.`,
  });
}

function broken(name: string, problem: string) {
  return fail('INVALID_REQUEST', { problem: `${name}: ${problem}.` });
}
