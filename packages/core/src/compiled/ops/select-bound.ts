import type { WasmFunction } from '../trees/wasm.ts';

/** Elements side by side, at an address in a local variable plus an offset. */
export interface Elements {
  readonly start: number;
  readonly offset: number;
  readonly count: number;
}

/** Groups of which the best ones are looked at, for a selection of so many at most. */
const groupsFor = [
  { most: 8, groups: 16 },
  { most: 24, groups: 32 },
] as const;

/** Elements of a group from which a bound is worth its making. */
const fewest = 6;

/** Bytes that the making of a bound needs; 0: there is none for so few elements, or so many to select. */
export function bytesForBound(count: number, k: number): number {
  const groups = groupsOf(count, k);
  return groups === undefined ? 0 : groups * 8;
}

function groupsOf(count: number, k: number): number | undefined {
  const groups = groupsFor.find(({ most }) => k <= most)?.groups;
  return groups !== undefined && count >= groups * fewest ? groups : undefined;
}

/**
 * Writes what sets `bound`, a vector, to a number that at least k elements reach: the k-th of the best of some groups.
 * It takes no branches, unlike a selection. NaN is passed by; where too little is left, the bound is an infinity.
 */
export function writeBound(
  f: WasmFunction,
  { start, offset, count }: Elements,
  k: number,
  isSmallest: boolean,
  scratch: number,
  bound: number,
): void {
  const groups = groupsOf(count, k) as number;
  const [at, place] = [f.local('i32'), f.local('i32')];
  const better = isSmallest ? 'f64x2.pmin' : 'f64x2.pmax';
  const reaches = isSmallest ? 'f64x2.le' : 'f64x2.ge';
  const worst = isSmallest ? Infinity : -Infinity;
  const setWorst = (local: number) => {
    f.f64(worst);
    f.do('f64x2.splat');
    f.set(local);
  };
  const best = Array.from({ length: 8 }, () => f.local('v128'));
  for (let first = 0; first < groups; first += 16) {
    best.forEach(setWorst);
    f.get(start);
    f.set(at);
    const end = Math.floor(count / groups) * groups * 8;
    f.repeatUntil(
      at,
      () => {
        f.get(start);
        f.i32(end);
        f.do('i32.add');
      },
      () => {
        best.forEach((one, i) => {
          f.get(one);
          f.get(at);
          f.load('v128.load', offset + (first + 2 * i) * 8);
          f.do(better);
          f.set(one);
        });
        f.increase(at, groups * 8);
      },
    );
    best.forEach((one, i) => {
      f.i32(0);
      f.get(one);
      f.store('v128.store', scratch + (first + 2 * i) * 8);
    });
  }
  // The best of those that k of the groups reach; comparisons that hold are −1.
  const [own, count2] = [f.local('v128'), f.local('v128')];
  setWorst(bound);
  f.i32(0);
  f.set(place);
  f.repeatUntil(
    place,
    () => f.i32(groups * 8),
    () => {
      f.get(place);
      f.load('v128.load', scratch);
      f.set(own);
      for (let i = 0; i < groups; i++) {
        f.i32(0);
        f.load('v128.load64_splat', scratch + i * 8);
        f.get(own);
        f.do(reaches);
        if (i > 0) {
          f.get(count2);
          f.do('i64x2.add');
        }
        f.set(count2);
      }
      f.get(bound);
      f.get(own);
      f.f64(worst);
      f.do('f64x2.splat');
      f.get(count2);
      f.i64(-k);
      f.do('i64x2.splat', 'i64x2.le_s', 'v128.bitselect', better);
      f.set(bound);
      f.increase(place, 16);
    },
  );
  // Of both lanes the better one.
  f.i32(0);
  f.get(bound);
  f.store('v128.store', scratch);
  f.i32(0);
  f.load('v128.load64_splat', scratch);
  f.i32(0);
  f.load('v128.load64_splat', scratch + 8);
  f.do(better);
  f.set(bound);
}
