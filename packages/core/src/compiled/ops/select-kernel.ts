import { WasmFunction } from '../trees/wasm.ts';
import { bytesForBound, writeBound } from './select-bound.ts';
import type { Vector, VectorKernel } from './vector-kernel.ts';

/** Elements of which some are to be selected. */
export interface Candidates {
  readonly from: Vector;
  readonly count: number;
  readonly k: number;
  readonly isSmallest: boolean;
}

/** Where the kernel puts the selected elements and their places. */
export interface Selection {
  readonly name: string;
  readonly chosen: number;
  readonly places: number;
}

/** Elements that are compared at once. */
const group = 8;

/**
 * Adds the selection of the k smallest or largest elements, in their order, of equal ones the first. The result is that
 * of `insertSmallest` or `insertLargest` in `../support.ts`, also where NaN is among the elements.
 */
export function addSelection(kernel: VectorKernel, candidates: Candidates): Selection | undefined {
  const { count, k } = candidates;
  return kernel.add(k * 16, (memory) => {
    const [chosen, places] = [memory.reserve(k * 8), memory.reserve(k * 8)];
    const scratch = memory.reserve(bytesForBound(count, k));
    return { own: { chosen, places }, written: selection(candidates, chosen, places, scratch) };
  });
}

function selection(
  { from, count, k, isSmallest }: Candidates,
  chosen: number,
  places: number,
  scratch: number,
): WasmFunction {
  const f = new WasmFunction();
  const integer = (): number => f.local('i32');
  const [start, i, element, stop, at] = [integer(), integer(), integer(), integer(), integer()];
  const [inserted, isTaken, isBounded] = [integer(), integer(), integer()];
  const [value, other, limit, limits] = [f.local('f64'), f.local('f64'), f.local('f64'), f.local('v128')];
  const [isBetter, isWorse] = isSmallest ? (['f64.lt', 'f64.gt'] as const) : (['f64.gt', 'f64.lt'] as const);
  const areWorse = isSmallest ? 'f64x2.gt' : 'f64x2.lt';
  const base = from.address;
  const hasBound = bytesForBound(count, k) > 0;

  /** Puts the value before those that it is better than; there is room at `at`. */
  const insert = () => {
    f.loop((again) => {
      f.get(at);
      f.when(() => {
        f.get(value);
        f.get(at);
        f.load('f64.load', chosen - 8);
        f.tee(other);
        f.do(isBetter);
        f.when(() => {
          f.get(at);
          f.get(other);
          f.store('f64.store', chosen);
          f.get(at);
          f.get(at);
          f.load('f64.load', places - 8);
          f.store('f64.store', places);
          f.increase(at, -8);
          again();
        });
      });
    });
    f.get(at);
    f.get(value);
    f.store('f64.store', chosen);
    f.get(at);
    f.get(i);
    f.do('f64.convert_i32_u');
    f.store('f64.store', places);
  };
  const setLimit = (number: () => void) => {
    number();
    f.tee(limit);
    f.do('f64x2.splat');
    f.set(limits);
  };
  const isFilling = () => {
    f.get(inserted);
    f.i32(k);
    f.do('i32.lt_u');
  };
  /** Takes the value if there is room or if it is better than the worst. */
  const offer = () => {
    isFilling();
    f.get(value);
    f.get(limit);
    f.do(isBetter, 'i32.or');
    f.set(isTaken);
    if (hasBound) {
      // The bound is no help where NaN is among the elements: it must be inserted, too.
      f.get(value);
      f.get(value);
      f.do('f64.ne');
      f.get(isBounded);
      f.do('i32.and');
      f.when(() => {
        setLimit(() => f.f64(Number.NaN));
        for (const local of [isBounded, inserted, isTaken, stop]) {
          f.i32(0);
          f.set(local);
        }
        f.i32(-1);
        f.set(i);
        f.get(start);
        f.i32(-8);
        f.do('i32.add');
        f.set(element);
      });
    }
    f.get(isTaken);
    f.when(() => {
      f.get(inserted);
      f.i32(k - 1);
      isFilling();
      f.do('select');
      f.i32(3);
      f.do('i32.shl');
      f.set(at);
      f.get(inserted);
      isFilling();
      f.do('i32.add');
      f.set(inserted);
      insert();
      isFilling();
      f.do('i32.eqz');
      f.when(() =>
        setLimit(() => {
          f.i32(0);
          f.load('f64.load', chosen + (k - 1) * 8);
        }),
      );
    });
  };

  f.setRow(start, from.stride * 8);
  f.get(start);
  f.set(element);
  setLimit(() => f.f64(Number.NaN));
  if (hasBound) {
    writeBound(f, { start, offset: base, count }, k, isSmallest, scratch, limits);
    f.i32(0);
    f.get(limits);
    f.store('v128.store', scratch);
    f.i32(0);
    f.load('f64.load', scratch);
    f.set(limit);
    f.i32(1);
    f.set(isBounded);
  }
  f.i32(0);
  f.set(i);
  f.loop((again) => {
    f.get(i);
    f.i32(count);
    f.do('i32.lt_u');
    f.when(() => {
      f.get(i);
      f.i32(group);
      f.do('i32.add');
      f.tee(stop);
      f.i32(count);
      f.do('i32.le_u');
      f.when(() => {
        for (let lane = 0; lane < group; lane += 2) {
          f.get(element);
          f.load('v128.load', base + lane * 8);
          f.get(limits);
          f.do(areWorse);
          if (lane > 0) f.do('v128.and');
        }
        f.do('i64x2.all_true');
        f.when(() => {
          f.get(stop);
          f.set(i);
          f.increase(element, group * 8);
          again();
        });
      });
      f.get(stop);
      f.i32(count);
      f.get(stop);
      f.i32(count);
      f.do('i32.lt_u', 'select');
      f.set(stop);
      f.repeatUntil(
        i,
        () => f.get(stop),
        () => {
          f.get(element);
          f.load('f64.load', base);
          f.tee(value);
          f.get(limit);
          f.do(isWorse, 'i32.eqz');
          f.when(offer);
          f.increase(i, 1);
          f.increase(element, 8);
        },
      );
      again();
    });
  });
  return f;
}
