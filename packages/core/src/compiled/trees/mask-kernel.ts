import type { MaskColumn, MaskTable } from './mask-table.ts';
import { Memory, type Kernel } from './kernel.ts';
import { WasmFunction, wasmModule } from './wasm.ts';

/** Rows whose leaves are added up side by side, so that one addition need not wait for another. */
const lanesOf = (width: number): number => (width === 1 ? 4 : width <= 3 ? 2 : 1);

/** More would not stay in registers. */
const maxWidth = 8;
/** Instructions of one row's masks that are written out; beyond this a loop does them. */
const maxJoins = 4096;
const maxColumns = 256;

/** Writes the kernel of a mask table; undefined where it would be unwieldy. `rows` must be a multiple of 4. */
export function maskKernel(
  table: MaskTable,
  outputs: number,
  dtype: 'float32' | 'float64',
  rows: number,
): Kernel | undefined {
  const { columns, masks, words, bits, groups, width } = table;
  if (width > maxWidth || columns.length === 0 || columns.length > maxColumns) return undefined;
  const isSingle = dtype === 'float32';
  const size = isSingle ? 4 : 8;
  const lanes = lanesOf(width);
  const memory = new Memory();
  const thresholds = columns.map((column) => memory.place(column.thresholds));
  const joined = memory.place(masks);
  const leaves = memory.place(isSingle ? Float32Array.from(table.leaves) : table.leaves);
  const scratch = memory.reserve(lanes * words * 4);
  const input = memory.reserve(rows * columns.length * 8);
  const output = memory.reserve(rows * outputs * size);

  const f = new WasmFunction();
  const [row, x, sum] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const [mask, leaf] = [f.local('i32'), f.local('i32')];
  const value = f.local('f64');
  const interval = f.local('i32');
  const places = columns.map(() => f.local('i32'));
  const sums = Array.from({ length: lanes * width }, () => f.local(isSingle ? 'f32' : 'f64'));

  f.i32(0);
  f.set(row);
  f.i32(input);
  f.set(x);
  f.i32(output);
  f.set(sum);
  f.repeatUntil(
    row,
    () => f.get(0),
    () => {
      f.i32(scratch);
      f.set(mask);
      f.repeatUntil(
        mask,
        () => f.i32(scratch + lanes * words * 4),
        () => {
          columns.forEach((column, c) => {
            f.get(x);
            f.load('f64.load', c * 8);
            f.set(value);
            writeInterval(f, column, { value, interval, thresholds: thresholds[c] as number, rowBytes: words * 4 });
            f.set(places[c] as number);
          });
          writeJoins(f, places, { mask, leaf, table: joined, words });
          f.increase(x, columns.length * 8);
          f.increase(mask, words * 4);
        },
      );
      for (const { base, firstSlot, slots } of groups) {
        for (const local of sums) {
          f.zero(isSingle ? 'f32' : 'f64');
          f.set(local);
        }
        const from = scratch + (firstSlot * bits) / 8;
        f.i32(from);
        f.set(mask);
        f.i32(leaves + firstSlot * bits * width * size);
        f.set(leaf);
        f.repeatUntil(
          mask,
          () => f.i32(from + (slots * bits) / 8),
          () => {
            for (let lane = 0; lane < lanes; lane++) {
              f.get(mask);
              writeLowestBit(f, bits, lane * words * 4);
              f.i32(width * size);
              f.do('i32.mul');
              f.get(leaf);
              f.do('i32.add');
              f.set(interval);
              for (let k = 0; k < width; k++) {
                const local = sums[lane * width + k] as number;
                f.get(local);
                f.get(interval);
                f.load(isSingle ? 'f32.load' : 'f64.load', k * size);
                f.do(isSingle ? 'f32.add' : 'f64.add');
                f.set(local);
              }
            }
            f.increase(mask, bits / 8);
            f.increase(leaf, bits * width * size);
          },
        );
        sums.forEach((local, i) => {
          const [lane, k] = [Math.floor(i / width), i % width];
          f.get(sum);
          f.get(local);
          f.store(isSingle ? 'f32.store' : 'f64.store', (lane * outputs + base + k) * size);
        });
      }
      f.increase(sum, lanes * outputs * size);
      f.increase(row, lanes);
    },
  );
  return { bytes: wasmModule({ run: f }, memory.pages), data: memory.data, input, output };
}

/** Leaves the address of a column's row of masks on the stack, relative to the table. */
function writeInterval(
  f: WasmFunction,
  { thresholds: { length: count }, row }: MaskColumn,
  { value, interval, thresholds, rowBytes }: { value: number; interval: number; thresholds: number; rowBytes: number },
): void {
  const isAbove = (place: number) => {
    f.load('f64.load', thresholds + place * 8);
    f.get(value);
    f.do('f64.lt');
  };
  f.i32((row + count + 1) * rowBytes);
  if (count === 0) f.i32(row * rowBytes);
  else {
    // The interval times 8: the address of its threshold.
    let step = 2 ** Math.floor(Math.log2(count));
    f.i32((count - step + 1) * 8);
    f.i32(0);
    f.i32(0);
    isAbove(step - 1);
    f.do('select');
    f.set(interval);
    for (step /= 2; step >= 1; step /= 2) {
      f.get(interval);
      f.get(interval);
      isAbove(step - 1);
      f.i32(Math.log2(step) + 3);
      f.do('i32.shl', 'i32.add');
      f.set(interval);
    }
    f.get(interval);
    f.i32(rowBytes / 8);
    f.do('i32.mul');
    f.i32(row * rowBytes);
    f.do('i32.add');
  }
  f.get(value);
  f.get(value);
  f.do('f64.ne', 'select');
}

/** Joins the rows of all columns into the scratch row at `mask`, 128 bits at a time. */
function writeJoins(
  f: WasmFunction,
  places: readonly number[],
  { mask, leaf, table, words }: { mask: number; leaf: number; table: number; words: number },
): void {
  const parts = words / 4;
  if (parts * places.length <= maxJoins) {
    for (let part = 0; part < parts; part++) {
      f.get(mask);
      places.forEach((place, i) => {
        f.get(place);
        f.load('v128.load', table + part * 16);
        if (i > 0) f.do('v128.and');
      });
      f.store('v128.store', part * 16);
    }
    return;
  }
  f.i32(0);
  f.set(leaf);
  f.repeatUntil(
    leaf,
    () => f.i32(words * 4),
    () => {
      f.get(mask);
      f.get(leaf);
      f.do('i32.add');
      places.forEach((place, i) => {
        f.get(place);
        f.get(leaf);
        f.do('i32.add');
        f.load('v128.load', table);
        if (i > 0) f.do('v128.and');
      });
      f.store('v128.store', 0);
      f.increase(leaf, 16);
    },
  );
}

/** Replaces the address of a mask on the stack by the place of its lowest bit. */
function writeLowestBit(f: WasmFunction, bits: number, offset: number): void {
  if (bits === 64) {
    f.load('i64.load', offset);
    f.do('i64.ctz', 'i32.wrap_i64');
    return;
  }
  f.load(bits === 8 ? 'i32.load8_u' : bits === 16 ? 'i32.load16_u' : 'i32.load', offset);
  f.do('i32.ctz');
}
