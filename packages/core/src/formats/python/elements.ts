import { fail } from '../../errors/index.ts';
import { latin1 } from '../text.ts';
import { describeDtype, type Dtype } from './dtype.ts';
import { halfToNumber } from './numbers.ts';
import { PyFloat, type Plain } from './plain.ts';

/** Makes a function that reads element `i` of contiguous bytes as plain data. Complex and structured elements are an error. */
export function elementReader(dtype: Dtype, data: Uint8Array): (i: number) => Plain {
  const { kind, itemSize: size, littleEndian: le } = dtype;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  switch (kind) {
    case 'U':
      return (i) => ucs4(view, i * size, size / 4, le);
    case 'S':
      return (i) => {
        let end = (i + 1) * size;
        while (end > i * size && data[end - 1] === 0) end--;
        return latin1(data, i * size, end);
      };
    case 'b':
      if (size === 1) return (i) => data[i] !== 0;
  }
  switch (kind + size) {
    case 'f8':
      return (i) => new PyFloat(view.getFloat64(i * 8, le));
    case 'f4':
      return (i) => new PyFloat(view.getFloat32(i * 4, le));
    case 'f2':
      return (i) => new PyFloat(halfToNumber(view.getUint16(i * 2, le)));
    case 'i8':
    case 'M8':
    case 'm8':
      return (i) => narrow(view.getBigInt64(i * 8, le));
    case 'u8':
      return (i) => narrow(view.getBigUint64(i * 8, le));
    case 'i4':
      return (i) => view.getInt32(i * 4, le);
    case 'u4':
      return (i) => view.getUint32(i * 4, le);
    case 'i2':
      return (i) => view.getInt16(i * 2, le);
    case 'u2':
      return (i) => view.getUint16(i * 2, le);
    case 'i1':
      return (i) => view.getInt8(i);
    case 'u1':
      return (i) => view.getUint8(i);
    default:
      throw fail('CORRUPT_FILE', {
        format: 'numpy',
        problem: `elements of dtype ${describeDtype(dtype)} cannot be listed`,
      });
  }
}

/** Whether `elementReader` reads this dtype. */
export function isListable({ kind, itemSize }: Dtype): boolean {
  if (kind === 'U' || kind === 'S') return true;
  return ['b1', 'f8', 'f4', 'f2', 'i8', 'M8', 'm8', 'u8', 'i4', 'u4', 'i2', 'u2', 'i1', 'u1'].includes(kind + itemSize);
}

function ucs4(view: DataView, offset: number, characters: number, le: boolean): string {
  let end = characters;
  while (end > 0 && view.getUint32(offset + (end - 1) * 4, le) === 0) end--;
  let text = '';
  for (let c = 0; c < end; c++) {
    const point = view.getUint32(offset + c * 4, le);
    if (point > 0x10ffff) throw fail('CORRUPT_FILE', { format: 'numpy', problem: 'a string holds no valid character' });
    text += String.fromCodePoint(point);
  }
  return text;
}

/** A bigint as a number where that is exact. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
