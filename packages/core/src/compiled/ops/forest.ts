import { sizeOf } from '../../tensor/index.ts';
import type { Code } from '../code.ts';
import { input, plainArray, maxBlockRows, type Block, type NodeContext } from '../context.ts';
import { at, plus, print } from '../position.ts';
import { averageDepth, type Forest } from '../trees/forest.ts';
import type { FusedForest } from '../trees/fuse.ts';
import type { Kernel } from '../trees/kernel.ts';
import { maskKernel } from '../trees/mask-kernel.ts';
import { writeMaskRow } from '../trees/mask-row.ts';
import { maskTable, type MaskTable } from '../trees/mask-table.ts';
import { writeBlockTraversal, writeRowTraversal } from '../trees/traverse.ts';
import { walkKernel, type WalkKernel } from '../trees/walk-kernel.ts';
import { renumbered, walkTable, type WalkColumn, type WalkTable } from '../trees/walk-table.ts';
import { arrayValue, scalarsValue, store, type Value } from '../value.ts';

/** The sums of a forest: of one row, or after the loop over a block of rows. */
export function forestValue(context: NodeContext, fused: FusedForest): Value {
  const { code, block } = context;
  const ways = code.program.derived(fused.forest, 'ways', () => waysOf(fused));
  const x = store(code, input(context, 0));
  if (block)
    return ways.maskKernel ? maskBlock(context, block, fused, ways, x) : walkBlock(context, block, fused, ways, x);
  return ways.masks && ways.prefersMasks ? maskRow(context, fused, ways.masks, x) : walkRow(context, fused, ways, x);
}

/** How a forest can be answered; undefined: not this way. Both forms of a model share it. */
interface Ways {
  readonly masks: MaskTable | undefined;
  /** Masks are the fastest way for single rows. */
  readonly prefersMasks: boolean;
  readonly maskKernel: Kernel | undefined;
  readonly walk: WalkTable | undefined;
  readonly walkKernel: WalkKernel | undefined;
  /** The forest over the columns of `walk`. */
  readonly walked: Forest;
}

/** Joining a word of masks takes about half the time of a step in a tree for one row, and a sixteenth in a kernel. */
function waysOf({ forest, dtype }: FusedForest): Ways {
  const steps = forest.roots.length * averageDepth(forest);
  const masks = maskTable(forest);
  const words = masks ? masks.columns.length * masks.words : Infinity;
  const kernel = masks && words < 16 * steps ? maskKernel(masks, forest.outputs, dtype, maxBlockRows) : undefined;
  const prefersMasks = words < 2 * steps;
  const walk = kernel && prefersMasks ? undefined : walkTable(forest);
  return {
    masks,
    prefersMasks,
    maskKernel: kernel,
    walk,
    walkKernel: walk && walkKernel(forest, walk, dtype, maxBlockRows),
    walked: walk ? renumbered(forest) : forest,
  };
}

function maskRow({ code, results }: NodeContext, fused: FusedForest, masks: MaskTable, x: Value): Value {
  const sums = sumVariables(code, fused.forest);
  writeMaskRow(
    code,
    masks,
    rounding(fused),
    (column) => x.flat(code, at(column)),
    (column) => sums[column] as string,
  );
  return scalarsValue(sums, fused.dtype, results[0]?.shape ?? []);
}

/** The compared columns of each row go to the kernel; without WebAssembly the same is done row by row. */
function maskBlock({ code, results }: NodeContext, block: Block, fused: FusedForest, ways: Ways, x: Value): Value {
  const { outputs } = fused.forest;
  const { columns } = ways.masks as MaskTable;
  const kernel = ways.maskKernel as Kernel;
  const name = kernelName(code, kernel);
  const rows = block.array('float64', columns.length, { kernel: name, address: kernel.input });
  const out = block.array(fused.dtype, outputs, { kernel: name, address: kernel.output });
  const start = block.rowStart(columns.length);
  columns.forEach(({ column }, i) => code.line(`${rows}[${print(plus(start, at(i)))}] = ${x.flat(code, at(column))};`));
  block.afterRows((after, count) => {
    after.line(`if (${name}) ${name}.run(${count});`);
    const row = after.program.name('q');
    after.open(`else for (let ${row} = 0; ${row} < ${count}; ${row}++)`);
    const places = new Map(columns.map(({ column }, i) => [column, i]));
    const element = (column: number) => `${rows}[${row} * ${columns.length} + ${places.get(column)}]`;
    writeMaskRow(
      after,
      ways.masks as MaskTable,
      rounding(fused),
      element,
      (column) => `${out}[${row} * ${outputs} + ${column}]`,
    );
    after.close();
  });
  return arrayValue(out, fused.dtype, results[0]?.shape ?? [], block.rowStart(outputs));
}

function walkRow({ code, results }: NodeContext, fused: FusedForest, ways: Ways, x: Value): Value {
  const { forest, dtype } = fused;
  const shape = results[0]?.shape ?? [];
  const { walk, walkKernel: kernel, walked } = ways;
  if (!walk || !kernel) {
    const { name, start } = x.array ?? { name: plainArray(code, x), start: at(0) };
    const sums = sumVariables(code, forest);
    writeRowTraversal(code, forest, rounding(fused), name, print(start), (column) => sums[column] as string);
    return scalarsValue(sums, dtype, shape);
  }
  const name = kernelName(code, kernel);
  const row = code.program.array('float64', walk.columns.length, { kernel: name, address: kernel.rowInput });
  const out = code.program.array(dtype, forest.outputs, { kernel: name, address: kernel.rowOutput });
  walk.columns.forEach((column, i) => code.line(`${row}[${i}] = ${columnOf(code, x, column)};`));
  code.line(`if (${name}) ${name}.row();`);
  code.open('else');
  writeRowTraversal(code, walked, rounding(fused), row, '0', (column) => `${out}[${column}]`);
  code.close();
  return arrayValue(out, dtype, shape);
}

function walkBlock({ code, results }: NodeContext, block: Block, fused: FusedForest, ways: Ways, x: Value): Value {
  const { forest, dtype } = fused;
  const { outputs } = forest;
  const { walk, walkKernel: kernel, walked } = ways;
  const columns =
    walk?.columns ??
    Array.from({ length: sizeOf(x.shape) }, (_, column): WalkColumn => ({ column, isMissingLow: false }));
  const name = kernel ? kernelName(code, kernel) : 'undefined';
  const rows = block.array('float64', columns.length, kernel && { kernel: name, address: kernel.input });
  const out = block.array(dtype, outputs, kernel && { kernel: name, address: kernel.output });
  const start = block.rowStart(columns.length);
  columns.forEach((column, i) => code.line(`${rows}[${print(plus(start, at(i)))}] = ${columnOf(code, x, column)};`));
  block.afterRows((after, count) => {
    after.line(`${out}.fill(0, 0, ${count} * ${outputs});`);
    if (kernel) after.line(`if (${name}) ${name}.run(${count});`);
    after.open(kernel ? 'else' : '');
    writeBlockTraversal(after, walked, rounding(fused), { x: rows, features: columns.length, out, rows: count });
    after.close();
  });
  return arrayValue(out, dtype, results[0]?.shape ?? [], block.rowStart(outputs));
}

function columnOf(code: Code, x: Value, { column, isMissingLow }: WalkColumn): string {
  if (column < 0) return '-Infinity';
  const element = x.flat(code, at(column));
  return isMissingLow ? `${element} !== ${element} ? -Infinity : ${element}` : element;
}

function kernelName(code: Code, kernel: Kernel): string {
  return code.program.constant(kernel, () => ({ kind: 'kernel', bytes: kernel.bytes, data: kernel.data }));
}

function sumVariables(code: Code, { outputs }: Forest): string[] {
  return Array.from({ length: outputs }, () => code.variable('0'));
}

function rounding({ dtype }: FusedForest): (sum: string) => string {
  return dtype === 'float32' ? (sum) => `Math.fround(${sum})` : (sum) => sum;
}
