import { WasmFunction } from '../trees/wasm.ts';
import type { VectorKernel } from './vector-kernel.ts';

/** What is summed up for each column: products, or squared differences. */
export type DenseTerm = 'product' | 'distance';

/** A matrix in panels: `lanes` columns after `lanes` columns, each row by row. */
export interface Panels {
  /** Places the matrix, of so many bytes, and gives its address. */
  readonly matrix: () => number;
  readonly bytes: number;
  readonly rows: number;
  /** Columns with those that only fill the last panel. */
  readonly columns: number;
  readonly lanes: number;
}

/** Where a product has its vectors, and its function. */
export interface DenseProduct {
  readonly name: string;
  readonly input: number;
  readonly output: number;
}

/**
 * Adds the product of a vector and a constant matrix. Two columns are summed by one instruction, each over the rows
 * from the first to the last: the sums are those of the same loop in JavaScript. `given`: where the vector is.
 */
export function addDense(
  kernel: VectorKernel,
  panels: Panels,
  term: DenseTerm,
  given?: number,
): DenseProduct | undefined {
  return kernel.add(panels.bytes, (memory) => {
    const matrix = panels.matrix();
    const input = given ?? memory.reserve(panels.rows * 8);
    const output = memory.reserve(panels.columns * 8);
    return { own: { input, output }, written: summed(panels, term, matrix, input, output) };
  });
}

function summed(
  { rows, columns, lanes }: Panels,
  term: DenseTerm,
  matrix: number,
  input: number,
  output: number,
): WasmFunction {
  const f = new WasmFunction();
  const [weight, out, x, element] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('v128')];
  const difference = f.local('v128');
  const sums = Array.from({ length: lanes / 2 }, () => f.local('v128'));
  f.i32(matrix);
  f.set(weight);
  f.i32(output);
  f.set(out);
  const overRows = () => {
    f.get(x);
    f.load('v128.load64_splat', 0);
    f.set(element);
    sums.forEach((sum, i) => {
      f.get(sum);
      f.get(element);
      f.get(weight);
      f.load('v128.load', i * 16);
      if (term === 'distance') {
        f.do('f64x2.sub');
        f.tee(difference);
        f.get(difference);
      }
      f.do('f64x2.mul', 'f64x2.add');
      f.set(sum);
    });
    f.increase(weight, lanes * 8);
    f.increase(x, 8);
  };
  const overPanels = () => {
    for (const sum of sums) {
      f.zero('f64');
      f.do('f64x2.splat');
      f.set(sum);
    }
    f.i32(input);
    f.set(x);
    f.repeatUntil(x, () => f.i32(input + rows * 8), overRows);
    sums.forEach((sum, i) => {
      f.get(out);
      f.get(sum);
      f.store('v128.store', i * 16);
    });
    f.increase(out, lanes * 8);
  };
  f.repeatUntil(out, () => f.i32(output + columns * 8), overPanels);
  return f;
}
