/** Our executors alone, in a process of their own: node executor-run.ts MODEL.joblib ROWS.csv prints microseconds a row as JSON. */
import { readFileSync } from 'node:fs';
import type { OnnxModel } from '@slipway/core/onnx';
import type { Tensor } from '@slipway/core/tensor';
import { compiled } from '../packages/slipway/src/runtimes/compiled/index.ts';
import { onnxruntime } from '../packages/slipway/src/runtimes/onnxruntime/index.ts';
import { sliceRows } from '../packages/slipway/src/runtimes/rows.ts';
import type { LoadedModel, Runtime } from '../packages/slipway/src/runtimes/runtime.ts';
import { cellsOf, importPath, tensorsOf } from '../test/parity.ts';

export interface Microseconds {
  /** A row at a time, another one each time. */
  readonly one: number;
  /** In calls of 10,000 rows. */
  readonly batch: number;
}

const batchRows = 10_000;
const [modelPath, csvPath] = process.argv.slice(2) as [string, string];
const { graph, signature, model } = importPath(modelPath);
if (!model) throw new Error('The executor section needs a model that was converted by us.');
const inputs = tensorsOf(model, cellsOf(signature, readRows(csvPath), model));

const results: Record<string, Microseconds> = {};
for (const runtime of [compiled, onnxruntime]) results[runtime.id] = await measure(runtime, graph);
process.stdout.write(JSON.stringify(results));

async function measure(runtime: Runtime, onnx: OnnxModel): Promise<Microseconds> {
  await using loaded = await runtime.load(onnx);
  return { one: await rowByRow(loaded), batch: await fastest(() => loaded.infer(inputs), batchRows) };
}

/** By the row form where the runtime has one, else by calls of one row. */
async function rowByRow(loaded: LoadedModel): Promise<number> {
  const { row } = loaded;
  const rows = 1000;
  if (!row) {
    const single = Array.from({ length: rows }, (_, at) => sliceRows(inputs, at, at + 1));
    return fastest(async () => {
      for (const one of single) await loaded.infer(one);
    }, rows);
  }
  const fill = loaded.inputs.map(({ name }) => inputs[name]!);
  return fastest(() => {
    for (let at = 0; at < rows; at += 1) {
      writeSlots(fill, at, row.numbers, row.strings);
      row.run();
    }
  }, rows);
}

function writeSlots(tensors: readonly Tensor[], at: number, numbers: Float64Array, strings: string[]): void {
  let number = 0;
  let text = 0;
  for (const { dtype, shape, data } of tensors) {
    const width = shape[1] ?? 1;
    for (let column = 0; column < width; column += 1) {
      const cell = data[at * width + column];
      if (dtype === 'string') strings[text++] = cell as string;
      else numbers[number++] = cell as number;
    }
  }
}

/** Microseconds a row, the best of several stretches of a fifth of a second. */
async function fastest(call: () => unknown, rows: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let stretch = 0; stretch < 8; stretch += 1) {
    const began = performance.now();
    let calls = 0;
    while (performance.now() - began < 200) {
      const result = call();
      if (result instanceof Promise) await result;
      calls += 1;
    }
    best = Math.min(best, ((performance.now() - began) * 1000) / calls / rows);
  }
  return best;
}

/** The benchmark's own CSV: no quotes, no missing values. */
function readRows(path: string): Record<string, string | number>[] {
  const [head, ...lines] = readFileSync(path, 'utf8')
    .slice(0, 1 << 20)
    .split('\n', batchRows + 1);
  const names = head!.split(',');
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => (cell !== '' && Number.isFinite(Number(cell)) ? Number(cell) : cell));
    return Object.fromEntries(names.map((name, at) => [name, cells[at]!]));
  });
}
