import { damaged } from '../picture.ts';
import { BitReader, type HuffmanTable } from './bits.ts';
import type { Component, Frame } from './frame.ts';

/** Where coefficient k of the zigzag order lies in a block; beyond 63 for damaged runs. */
export const zigzag = Uint8Array.from(
  `0 1 8 16 9 2 3 10 17 24 32 25 18 11 4 5 12 19 26 33 40 48 41 34 27 20 13 6 7 14 21 28 35 42 49 56 57 50 43 36 29 22 15 23 30 37 44 51 58 59 52 45 38
   31 39 46 53 60 61 54 47 55 62 63`.split(/\s+/),
  Number,
);

/** What a scan codes: which components by which tables, which coefficients, which bits of them (T.81, B.2.3). */
export interface Scan {
  readonly parts: readonly { readonly component: Component; readonly dc?: HuffmanTable; readonly ac?: HuffmanTable }[];
  readonly start: number;
  readonly end: number;
  /** Bits that earlier scans gave; 0 for the first. */
  readonly high: number;
  readonly low: number;
}

/** Decodes a scan into the coefficients; answers where it ends. */
export function decodeScan(frame: Frame, scan: Scan, bytes: Uint8Array, position: number, interval: number): number {
  const reader = new BitReader(bytes, position);
  const decode = blockDecoder(frame, scan, reader);
  const predictions = new Int32Array(scan.parts.length);
  const [only] = scan.parts;
  let units = 0;
  const next = () => {
    if (interval > 0 && units > 0 && units % interval === 0) {
      reader.restart();
      predictions.fill(0);
      decode.reset();
    }
    units++;
  };
  if (scan.parts.length === 1 && only) {
    const { component } = only;
    for (let y = 0; y < component.blocksHigh; y++) {
      for (let x = 0; x < component.blocksWide; x++) {
        next();
        decode.block(0, (y * component.stride + x) * 64, predictions);
      }
    }
    return reader.position;
  }
  for (let row = 0; row < frame.unitsHigh; row++) {
    for (let column = 0; column < frame.unitsWide; column++) {
      next();
      scan.parts.forEach(({ component: { h, v, stride } }, part) => {
        for (let y = 0; y < v; y++)
          for (let x = 0; x < h; x++) decode.block(part, ((row * v + y) * stride + column * h + x) * 64, predictions);
      });
    }
  }
  return reader.position;
}

interface BlockDecoder {
  block(part: number, at: number, predictions: Int32Array): void;
  reset(): void;
}

function blockDecoder(frame: Frame, scan: Scan, reader: BitReader): BlockDecoder {
  const { start, end, high, low } = scan;
  /** Blocks that follow without coefficients in this band. */
  let run = 0;
  const reset = () => {
    run = 0;
  };
  const tables = scan.parts.map(({ component: { coefficients }, dc, ac }) => ({ coefficients, dc, ac }));
  const dcOf = (part: number) => tables[part]?.dc ?? missing();
  const acOf = (part: number) => tables[part]?.ac ?? missing();
  const data = (part: number) => (tables[part] as (typeof tables)[number]).coefficients;

  const first = (part: number, at: number, predictions: Int32Array): void => {
    const size = reader.symbol(dcOf(part));
    if (size > 15) throw damaged('JPEG', 'a coefficient is out of range');
    const value = (predictions[part] as number) + reader.signed(size);
    predictions[part] = value;
    data(part)[at] = value << low;
  };
  const sequential = (part: number, at: number, predictions: Int32Array): void => {
    first(part, at, predictions);
    const [coefficients, table] = [data(part), acOf(part)];
    for (let k = 1; k < 64; k++) {
      const symbol = reader.symbol(table);
      const size = symbol & 15;
      if (size === 0 && symbol !== 0xf0) break;
      k += symbol >> 4;
      if (k > 63) throw damaged('JPEG', 'a block has too many coefficients');
      if (size > 0) coefficients[at + (zigzag[k] as number)] = reader.signed(size);
    }
  };
  const refineFirst = (part: number, at: number): void => {
    if (reader.bits(1)) data(part)[at] = (data(part)[at] as number) | (1 << low);
  };
  const band = (part: number, at: number): void => {
    if (run > 0) {
      run--;
      return;
    }
    const [coefficients, table] = [data(part), acOf(part)];
    for (let k = start; k <= end; k++) {
      const symbol = reader.symbol(table);
      const [zeros, size] = [symbol >> 4, symbol & 15];
      if (size === 0 && zeros < 15) {
        run = (1 << zeros) - 1 + reader.bits(zeros);
        break;
      }
      k += zeros;
      if (k > end) throw damaged('JPEG', 'a block has too many coefficients');
      if (size > 0) coefficients[at + (zigzag[k] as number)] = reader.signed(size) << low;
    }
  };
  const refineBand = (part: number, at: number): void => {
    const [coefficients, table] = [data(part), acOf(part)];
    const bit = 1 << low;
    const refine = (place: number): void => {
      const value = coefficients[place] as number;
      if (reader.bits(1) && (Math.abs(value) & bit) === 0) coefficients[place] = value + (value > 0 ? bit : -bit);
    };
    let k = start;
    if (run === 0) {
      for (; k <= end; k++) {
        const symbol = reader.symbol(table);
        let zeros = symbol >> 4;
        const size = symbol & 15;
        let value = 0;
        if (size === 0) {
          if (zeros < 15) {
            run = (1 << zeros) + reader.bits(zeros);
            break;
          }
        } else if (size === 1) value = reader.bits(1) ? bit : -bit;
        else throw damaged('JPEG', 'a coefficient is out of range');
        for (; k <= end; k++) {
          const place = at + (zigzag[k] as number);
          if (coefficients[place] !== 0) refine(place);
          else if (zeros-- === 0) {
            if (value !== 0) coefficients[place] = value;
            break;
          }
        }
      }
    }
    if (run === 0) return;
    for (; k <= end; k++) {
      const place = at + (zigzag[k] as number);
      if (coefficients[place] !== 0) refine(place);
    }
    run--;
  };

  if (!frame.isProgressive) return { block: sequential, reset };
  if (start === 0) return { block: high === 0 ? first : refineFirst, reset };
  return { block: high === 0 ? band : refineBand, reset };
}

function missing(): never {
  throw damaged('JPEG', 'a Huffman table is missing');
}
