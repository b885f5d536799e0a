import { WasmFunction } from '../trees/wasm.ts';
import { operandWriter, type Operand } from './operand.ts';
import type { VectorKernel } from './vector-kernel.ts';

export interface Contest {
  readonly operand: Operand;
  readonly count: number;
  readonly isHigher: boolean;
  readonly addressOf: (elements: Float64Array) => number;
  /** Where the places go, one for each row. */
  readonly output: number;
}

/**
 * Adds the search for the place of the highest or lowest element in each row of a block, of equal ones the first. It
 * takes no branches. As in JavaScript, each element is compared with the first one and with those before it.
 */
export function addContest(kernel: VectorKernel, contest: Contest): { readonly name: string } | undefined {
  return kernel.add(0, () => ({ own: {}, written: contestOf(contest) }));
}

function contestOf({ operand, count, isHigher, addressOf, output }: Contest): WasmFunction {
  const f = new WasmFunction();
  const vector = (): number => f.local('v128');
  const [out, end, elements, best, place, isBetter] = [
    f.local('i32'),
    f.local('i32'),
    vector(),
    vector(),
    vector(),
    vector(),
  ];
  const compare = isHigher ? 'f64x2.gt' : 'f64x2.lt';
  const { places, write } = operandWriter(f, operand, 0, addressOf);
  for (const local of [out, ...places.values()]) {
    f.i32(0);
    f.set(local);
  }
  f.setRow(end, 8);
  const placesOf = Array.from({ length: Math.ceil(count / 2) }, (_, pair) => {
    const own = vector();
    f.f64x2(2 * pair, Math.min(2 * pair + 1, count - 1));
    f.set(own);
    return own;
  });
  const lane = (from: number, at: 0 | 1) => {
    f.get(from);
    f.do(`f64x2.extract_lane ${at}`);
  };
  f.repeatUntil(
    out,
    () => f.get(end),
    () => {
      for (let i = 0; i < count; i += 2) {
        const isLast = i + 1 === count;
        write(i * 8);
        f.set(elements);
        if (i === 0 || isLast) {
          // The first element is what all are compared with; behind the last one is none.
          lane(elements, 0);
          f.do('f64x2.splat');
          f.set(i === 0 ? best : elements);
        }
        f.get(elements);
        f.get(best);
        f.get(elements);
        f.get(best);
        f.do(compare);
        f.tee(isBetter);
        f.do('v128.bitselect');
        f.set(best);
        f.get(placesOf[i / 2] as number);
        if (i === 0) {
          f.get(isBetter);
          f.do('v128.and');
        } else {
          f.get(place);
          f.get(isBetter);
          f.do('v128.bitselect');
        }
        f.set(place);
      }
      f.get(out);
      lane(place, 1);
      lane(place, 0);
      lane(best, 1);
      lane(best, 0);
      f.do(isHigher ? 'f64.gt' : 'f64.lt');
      lane(best, 1);
      lane(best, 0);
      f.do('f64.eq');
      lane(place, 1);
      lane(place, 0);
      f.do('f64.lt', 'i32.and', 'i32.or', 'select');
      f.store('f64.store', output);
      f.increase(out, 8);
      for (const [bytes, local] of places) if (bytes > 0) f.increase(local, bytes);
    },
  );
  return f;
}
