import { groupsOf, type Forest } from './forest.ts';
import { Memory, type Kernel } from './kernel.ts';
import { nodeBytes, type WalkTable } from './walk-table.ts';
import { WasmFunction, wasmModule } from './wasm.ts';

/** Walks that run side by side, so that one load need not wait for another. */
const lanes = 8;
/** Up to this depth all comparisons are made; beyond it walks are asked now and then whether all have arrived. */
const maxFixedSteps = 8;
const stepsBetween = 4;
const maxWidth = 16;
const maxBytes = 1 << 28;

/** A kernel with a second function, `row`, for single rows, whose places are of their own. */
export interface WalkKernel extends Kernel {
  readonly rowInput: number;
  readonly rowOutput: number;
}

/** Writes the kernel of a walk table; undefined where it would be unwieldy. `rows` must be a multiple of 8. */
export function walkKernel(
  forest: Forest,
  table: WalkTable,
  dtype: 'float32' | 'float64',
  rows: number,
): WalkKernel | undefined {
  const { width, outputs } = forest;
  const size = dtype === 'float32' ? 4 : 8;
  const columns = table.columns.length;
  if (width > maxWidth || table.nodes.byteLength > maxBytes || rows * (columns + outputs) * 8 > maxBytes)
    return undefined;
  const memory = new Memory();
  const places: Places = {
    nodes: memory.place(table.nodes),
    leaves: width === 1 ? 0 : memory.place(leafTable(forest, dtype)),
    input: memory.reserve(rows * columns * 8),
    output: memory.reserve(rows * outputs * size),
    rowInput: memory.reserve(columns * 8),
    rowOutput: memory.reserve(outputs * size),
  };
  const pairs = new Int32Array(table.roots.length * 2);
  table.roots.forEach((root, tree) => {
    pairs[tree * 2] = root;
    pairs[tree * 2 + 1] = (forest.base[tree] as number) * size;
  });
  const treeList = memory.place(pairs);
  const shape: WalkShape = { columns, outputs, width, size, depth: table.depth };
  const functions = {
    run: blockFunction(places, shape, treeList, table.roots.length),
    row: rowFunction(forest, table, places, shape, memory),
  };
  return { bytes: wasmModule(functions, memory.pages), data: memory.data, ...places };
}

/** The rows of leaves with several values, and a row of zeros. */
function leafTable({ table, width }: Forest, dtype: 'float32' | 'float64'): Float32Array | Float64Array {
  const leaves = new (dtype === 'float32' ? Float32Array : Float64Array)(table.length + width);
  leaves.set(table);
  return leaves;
}

interface Places {
  readonly nodes: number;
  readonly leaves: number;
  readonly input: number;
  readonly output: number;
  readonly rowInput: number;
  readonly rowOutput: number;
}

interface WalkShape {
  readonly columns: number;
  readonly outputs: number;
  readonly width: number;
  /** Bytes of a sum. */
  readonly size: 4 | 8;
  readonly depth: number;
}

/** Each tree for all rows, eight rows at a time; sums are kept in memory, which the caller has set to 0. */
function blockFunction(places: Places, shape: WalkShape, treeList: number, count: number): WasmFunction {
  const { columns, outputs } = shape;
  const f = new WasmFunction();
  const [tree, row, x, sum] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const walks = Array.from({ length: lanes }, () => f.local('i32'));
  const leaf = f.local('i32');
  f.i32(treeList);
  f.set(tree);
  f.repeatUntil(
    tree,
    () => f.i32(treeList + count * 8),
    () => {
      f.i32(0);
      f.set(row);
      f.i32(places.input);
      f.set(x);
      f.get(tree);
      f.load('i32.load', 4);
      f.i32(places.output);
      f.do('i32.add');
      f.set(sum);
      f.repeatUntil(
        row,
        () => f.get(0),
        () => {
          for (const walk of walks) {
            f.get(tree);
            f.load('i32.load', 0);
            f.set(walk);
          }
          writeWalks(f, walks, places.nodes, shape.depth, (walk) => {
            f.get(x);
            f.do('i32.add');
            f.load('f64.load', walks.indexOf(walk) * columns * 8);
          });
          walks.forEach((walk, lane) => {
            const start = lane * outputs * shape.size;
            writeLeaf(
              f,
              walk,
              leaf,
              places,
              shape,
              (k) => {
                f.get(sum);
                f.get(sum);
                f.load(shape.size === 4 ? 'f32.load' : 'f64.load', start + k * shape.size);
              },
              (k) => f.store(shape.size === 4 ? 'f32.store' : 'f64.store', start + k * shape.size),
            );
          });
          f.increase(x, lanes * columns * 8);
          f.increase(sum, lanes * outputs * shape.size);
          f.increase(row, lanes);
        },
      );
      f.increase(tree, 8);
    },
  );
  return f;
}

/** All trees for one row, eight trees at a time. */
function rowFunction(forest: Forest, table: WalkTable, places: Places, shape: WalkShape, memory: Memory): WasmFunction {
  const f = new WasmFunction();
  const tree = f.local('i32');
  const leaf = f.local('i32');
  const walks = Array.from({ length: lanes }, () => f.local('i32'));
  const sums = Array.from({ length: shape.width }, () => f.local(shape.size === 4 ? 'f32' : 'f64'));
  for (const { base, trees } of groupsOf(forest)) {
    const padded = new Int32Array(Math.ceil(trees.length / lanes) * lanes).fill(table.nothing);
    trees.forEach((member, i) => (padded[i] = table.roots[member] as number));
    const list = memory.place(padded);
    for (const sum of sums) {
      f.zero(shape.size === 4 ? 'f32' : 'f64');
      f.set(sum);
    }
    f.i32(list);
    f.set(tree);
    f.repeatUntil(
      tree,
      () => f.i32(list + padded.byteLength),
      () => {
        walks.forEach((walk, lane) => {
          f.get(tree);
          f.load('i32.load', lane * 4);
          f.set(walk);
        });
        writeWalks(f, walks, places.nodes, shape.depth, () => f.load('f64.load', places.rowInput));
        for (const walk of walks) {
          writeLeaf(
            f,
            walk,
            leaf,
            places,
            shape,
            (k) => f.get(sums[k] as number),
            (k) => f.set(sums[k] as number),
          );
        }
        f.increase(tree, lanes * 4);
      },
    );
    sums.forEach((sum, k) => {
      f.i32(0);
      f.get(sum);
      f.store(shape.size === 4 ? 'f32.store' : 'f64.store', places.rowOutput + (base + k) * shape.size);
    });
  }
  return f;
}

/** Moves all walks to their leaves. `read` replaces the byte offset of a column on the stack by its value. */
function writeWalks(
  f: WasmFunction,
  walks: readonly number[],
  nodes: number,
  depth: number,
  read: (walk: number) => void,
): void {
  const step = () => {
    for (const walk of walks) {
      f.get(walk);
      f.load('i32.load', nodes + 12);
      f.get(walk);
      f.load('i32.load', nodes + 8);
      read(walk);
      f.get(walk);
      f.load('f64.load', nodes);
      f.do('f64.le', 'i32.eqz');
      f.i32(Math.log2(nodeBytes));
      f.do('i32.shl', 'i32.add');
      f.set(walk);
    }
  };
  if (depth <= maxFixedSteps) {
    for (let i = 0; i < depth; i++) step();
    return;
  }
  const isOnTheWay = () => {
    walks.forEach((walk, i) => {
      f.get(walk);
      f.load('i32.load', nodes + 12);
      f.get(walk);
      f.do('i32.xor');
      if (i > 0) f.do('i32.or');
    });
  };
  f.repeatWhile(isOnTheWay, () => {
    for (let i = 0; i < stepsBetween; i++) step();
  });
}

/** Adds the leaf that a walk has arrived at. `push` leaves the sum (below it, where `write` needs one, an address). */
function writeLeaf(
  f: WasmFunction,
  walk: number,
  leaf: number,
  { nodes, leaves }: Places,
  { width, size }: WalkShape,
  push: (k: number) => void,
  write: (k: number) => void,
): void {
  if (width === 1) {
    push(0);
    f.get(walk);
    f.load('f64.load', nodes);
    if (size === 4) f.do('f32.demote_f64', 'f32.add');
    else f.do('f64.add');
    write(0);
    return;
  }
  f.get(walk);
  f.load('f64.load', nodes);
  f.do('i32.trunc_f64_u');
  f.i32(width * size);
  f.do('i32.mul');
  f.set(leaf);
  for (let k = 0; k < width; k++) {
    push(k);
    f.get(leaf);
    f.load(size === 4 ? 'f32.load' : 'f64.load', leaves + k * size);
    f.do(size === 4 ? 'f32.add' : 'f64.add');
    write(k);
  }
}
