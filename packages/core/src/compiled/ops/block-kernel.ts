import { WasmFunction } from '../trees/wasm.ts';
import type { DenseTerm } from './dense-kernel.ts';
import type { Vector } from './vector-kernel.ts';

/** Rows that a function of the kernel works on at once: those behind the last one are worked on, too, and must be there. */
export const rowsTogether = 8;

/** x·W for the rows of a block. */
export interface BlockProduct {
  readonly depth: number;
  /** Rows of x. */
  readonly from: Vector;
  /** Rows of sums. */
  readonly to: Vector;
  /** Address of W. */
  readonly matrix: number;
  /** What sums begin with: −0 leaves the first term as it is. */
  readonly start: number;
}

interface Wide {
  readonly panels: number;
  readonly lanes: number;
  readonly term: DenseTerm;
}

/**
 * The sums for W in panels of `lanes` columns: two columns by one instruction, each over the rows of W from the first to
 * the last, as in JavaScript. Two rows of x share what is read of W, and a panel is used for all rows.
 */
export function wideProduct(product: BlockProduct, { panels, lanes, term }: Wide): WasmFunction {
  const { depth, from, to, matrix, start } = product;
  const f = new WasmFunction();
  const [x, out, end, last, weight] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const panel = f.local('i32');
  const [column, difference] = [f.local('v128'), f.local('v128')];
  const width = Math.min(lanes, 8);
  const rows = [0, 1].map((row) => ({
    row,
    element: f.local('v128'),
    sums: Array.from({ length: width / 2 }, () => f.local('v128')),
  }));
  f.setRow(end, to.stride * 8);
  f.i32(0);
  f.set(panel);
  const overDepth = (first: number) => {
    for (const { row, element } of rows) {
      f.get(x);
      f.load('v128.load64_splat', from.address + row * from.stride * 8);
      f.set(element);
    }
    for (let i = 0; i < width / 2; i++) {
      f.get(weight);
      f.load('v128.load', matrix + (first + 2 * i) * 8);
      f.set(column);
      for (const { element, sums } of rows) {
        f.get(sums[i] as number);
        f.get(element);
        f.get(column);
        if (term === 'distance') {
          f.do('f64x2.sub');
          f.tee(difference);
          f.get(difference);
        }
        f.do('f64x2.mul', 'f64x2.add');
        f.set(sums[i] as number);
      }
    }
    f.increase(weight, lanes * 8);
    f.increase(x, 8);
  };
  const overRows = (first: number) => {
    rows.forEach(({ sums }) => setAll(f, sums, start));
    f.get(panel);
    f.i32(depth * 8);
    f.do('i32.mul');
    f.set(weight);
    f.get(x);
    f.i32(depth * 8);
    f.do('i32.add');
    f.set(last);
    f.repeatUntil(
      x,
      () => f.get(last),
      () => overDepth(first),
    );
    f.increase(x, (2 * from.stride - depth) * 8);
    for (const { row, sums } of rows) {
      sums.forEach((sum, i) => {
        f.get(out);
        f.get(panel);
        f.i32(3);
        f.do('i32.shl', 'i32.add');
        f.get(sum);
        f.store('v128.store', to.address + (row * to.stride + first + 2 * i) * 8);
      });
    }
    f.increase(out, 2 * to.stride * 8);
  };
  f.repeatUntil(
    panel,
    () => f.i32(panels * lanes),
    () => {
      for (let first = 0; first < lanes; first += width) {
        for (const local of [x, out]) {
          f.i32(0);
          f.set(local);
        }
        f.repeatUntil(
          out,
          () => f.get(end),
          () => overRows(first),
        );
      }
      f.increase(panel, lanes);
    },
  );
  return f;
}

/** Sets both numbers of some vectors. */
export function setAll(f: WasmFunction, vectors: readonly number[], number: number): void {
  for (const vector of vectors) {
    f.f64(number);
    f.do('f64x2.splat');
    f.set(vector);
  }
}
