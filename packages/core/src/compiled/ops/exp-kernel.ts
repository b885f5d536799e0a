import { WasmFunction } from '../trees/wasm.ts';
import type { VectorKernel } from './vector-kernel.ts';

/** Where the powers of some numbers are computed. */
export interface Powers {
  readonly name: string;
  readonly input: number;
  /** One for each number, then up to one that only fills up, then two that are 1 unless numbers were left out. */
  readonly output: number;
  readonly size: number;
}

/**
 * Adds e^x of some numbers, two by one instruction: the operations of `exp` in `../support.ts`, so the results are
 * the same. It leaves out numbers from 700 on and those from −746 to −700, which the caller must look at.
 */
export function addExp(kernel: VectorKernel, count: number): Powers | undefined {
  const size = count + (count % 2);
  return kernel.add(size * 16, (memory) => {
    const table = memory.place(Float64Array.from({ length: 64 }, (_, i) => 2 ** (i / 64)));
    const input = memory.reserve(size * 8);
    const output = memory.reserve(size * 8 + 16);
    return { own: { input, output, size }, written: powers(table, input, output, size) };
  });
}

function powers(table: number, input: number, output: number, size: number): WasmFunction {
  const f = new WasmFunction();
  const vector = (): number => f.local('v128');
  const [at, x, t, n, r, p, step, all] = [
    f.local('i32'),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
    vector(),
  ];
  /** A vector with the number in both lanes. */
  const constant = (value: number): number => {
    const local = vector();
    f.f64(value);
    f.do('f64x2.splat');
    f.set(local);
    return local;
  };
  const steps = constant(92.33248261689366);
  const round = constant(6755399441055744);
  const [high, low] = [constant(0.01083042469326756), constant(2.9815858269852933e-12)];
  const series = [0.008333333333333333, 0.041666666666666664, 0.16666666666666666, 0.5].map(constant);
  const [lowest, highest, nothing, one] = [constant(-700), constant(700), constant(-746), constant(1)];
  // The bits of −∞ are those of the exponent; 1 has the exponent 0.
  const exponent = constant(-Infinity);
  const push = (...locals: number[]) => locals.forEach((local) => f.get(local));

  f.get(one);
  f.set(all);
  f.i32(0);
  f.set(at);
  f.repeatUntil(
    at,
    () => f.i32(size * 8),
    () => {
      f.get(at);
      f.load('v128.load', input);
      f.set(x);
      // t ends in the bits of the integer n = round(x · 64 / ln 2).
      push(x, steps);
      f.do('f64x2.mul');
      f.get(round);
      f.do('f64x2.add');
      f.tee(t);
      f.get(round);
      f.do('f64x2.sub');
      f.set(n);
      push(x, n, high);
      f.do('f64x2.mul', 'f64x2.sub');
      push(n, low);
      f.do('f64x2.mul', 'f64x2.sub');
      f.set(r);
      // r + r² (1/2 + r (1/6 + r (1/24 + r / 120)))
      f.get(series[0] as number);
      f.set(p);
      for (const next of series.slice(1)) {
        push(next, r, p);
        f.do('f64x2.mul', 'f64x2.add');
        f.set(p);
      }
      push(r, r, r);
      f.do('f64x2.mul');
      f.get(p);
      f.do('f64x2.mul', 'f64x2.add');
      f.set(p);
      const place = (lane: 0 | 2) => {
        f.get(t);
        f.do(`i32x4.extract_lane ${lane}`);
        f.i32(63);
        f.do('i32.and');
        f.i32(3);
        f.do('i32.shl');
      };
      // The address of the second lane lies below the vector that it goes into.
      place(2);
      place(0);
      f.load('v128.load64_zero', table);
      f.loadLane(1, table);
      f.set(step);
      f.get(at);
      push(step, step, p);
      f.do('f64x2.mul', 'f64x2.add');
      // 2^(n >> 6)
      f.get(t);
      f.i32(46);
      f.do('i64x2.shl');
      f.get(exponent);
      f.do('v128.and');
      f.get(one);
      f.do('i64x2.add', 'f64x2.mul');
      // Numbers in range; those that are too small for any power but 0 need no more than a mask.
      push(x, lowest);
      f.do('f64x2.gt');
      push(x, highest);
      f.do('f64x2.lt', 'v128.and');
      f.tee(n);
      f.do('v128.and');
      f.store('v128.store', output);
      push(all, n, x, nothing);
      f.do('f64x2.lt', 'v128.or', 'v128.and');
      f.set(all);
      f.increase(at, 16);
    },
  );
  f.i32(0);
  f.get(all);
  f.store('v128.store', output + size * 8);
  return f;
}
