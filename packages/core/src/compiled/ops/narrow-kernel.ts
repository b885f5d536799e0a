import { WasmFunction } from '../trees/wasm.ts';
import { setAll, type BlockProduct } from './block-kernel.ts';

/** Steps of a sum that are written out; four divides it. */
const writtenOut = 32;

/**
 * The product for few columns, W row by row: two rows of x by one instruction. Sums run over the rows of W from the first
 * to the last; `isInParts`, for one column: in four sums of every fourth product.
 */
export function narrowProduct(product: BlockProduct, columns: number, isInParts: boolean): WasmFunction {
  const { depth, from, to, matrix, start } = product;
  const f = new WasmFunction();
  const integer = (): number => f.local('i32');
  const [x, out, end, last, weight] = [integer(), integer(), integer(), integer(), integer()];
  const factor = f.local('v128');
  const parts = isInParts ? 4 : 1;
  const pairs = Array.from({ length: columns * parts === 1 ? 4 : 2 }, (_, pair) => ({
    pair,
    elements: f.local('v128'),
    sums: Array.from({ length: columns * parts }, () => f.local('v128')),
  }));
  /** Adds the products of place k behind `x` to a part of the sums. */
  const step = (k: number, part: number) => {
    for (const { pair, elements } of pairs) {
      const place = (row: number) => from.address + ((2 * pair + row) * from.stride + k) * 8;
      f.get(x);
      f.get(x);
      f.load('v128.load64_zero', place(0));
      f.loadLane(1, place(1));
      f.set(elements);
    }
    for (let column = 0; column < columns; column++) {
      f.get(weight);
      f.load('v128.load64_splat', matrix + (k * columns + column) * 8);
      f.set(factor);
      for (const { elements, sums } of pairs) {
        const sum = sums[column * parts + part] as number;
        f.get(sum);
        f.get(elements);
        f.get(factor);
        f.do('f64x2.mul', 'f64x2.add');
        f.set(sum);
      }
    }
  };
  const goOn = (steps: number) => {
    f.increase(weight, steps * columns * 8);
    f.increase(x, steps * 8);
  };
  const sum = () => {
    pairs.forEach(({ sums }) => setAll(f, sums, start));
    f.i32(0);
    f.set(weight);
    const full = Math.floor(depth / parts) * parts;
    const before = Math.min(full, writtenOut);
    for (let k = 0; k < before; k++) step(k, k % parts);
    goOn(before);
    if (before < full) {
      f.get(x);
      f.i32((full - before) * 8);
      f.do('i32.add');
      f.set(last);
      f.repeatUntil(
        x,
        () => f.get(last),
        () => {
          for (let part = 0; part < parts; part++) step(part, part);
          goOn(parts);
        },
      );
    }
    for (let k = full; k < depth; k++) step(k - full, 0);
  };
  f.setRow(end, to.stride * 8);
  for (const local of [x, out]) {
    f.i32(0);
    f.set(local);
  }
  f.repeatUntil(
    out,
    () => f.get(end),
    () => {
      sum();
      f.increase(x, (2 * pairs.length * from.stride - Math.floor(depth / parts) * parts) * 8);
      for (const { pair, sums } of pairs) {
        for (let column = 0; column < columns; column++) {
          const [a = 0, b, c, d] = sums.slice(column * parts);
          if (isInParts) {
            f.get(a);
            f.get(b as number);
            f.do('f64x2.add');
            f.get(c as number);
            f.get(d as number);
            f.do('f64x2.add', 'f64x2.add');
            f.set(a);
          }
          for (const lane of [0, 1] as const) {
            f.get(out);
            f.get(a);
            f.storeLane(lane, to.address + ((2 * pair + lane) * to.stride + column) * 8);
          }
        }
      }
      f.increase(out, 2 * pairs.length * to.stride * 8);
    },
  );
  return f;
}
