/** Our executors alone, in a process of their own: node executor-run.ts MODEL.joblib ROWS.csv prints microseconds a row as JSON. */
import type { OnnxModel } from '@slipway/core/onnx';
import { compiled } from '../packages/slipway/src/runtimes/compiled/index.ts';
import { onnxruntime } from '../packages/slipway/src/runtimes/onnxruntime/index.ts';
import type { Runtime } from '../packages/slipway/src/runtimes/runtime.ts';
import { cellsOf, importPath, tensorsOf } from '../test/parity.ts';
import { readTable } from './family-rows.ts';
import { fastest, rowByRow } from './stopwatch.ts';

export interface Microseconds {
  /** A row at a time, another one each time. */
  readonly one: number;
  /** In calls of 10,000 rows. */
  readonly batch: number;
}

const batchRows = 10_000;
const stretches = { stretches: 8, seconds: 0.2 };
const [modelPath, csvPath] = process.argv.slice(2) as [string, string];
const { graph, signature, model } = importPath(modelPath);
if (!model) throw new Error('The executor section needs a model that was converted by us.');
const inputs = tensorsOf(model, cellsOf(signature, readTable(csvPath, batchRows), model));

const results: Record<string, Microseconds> = {};
for (const runtime of [compiled, onnxruntime]) results[runtime.id] = await measure(runtime, graph);
process.stdout.write(JSON.stringify(results));

async function measure(runtime: Runtime, onnx: OnnxModel): Promise<Microseconds> {
  await using loaded = await runtime.load(onnx);
  return {
    one: await rowByRow(loaded, inputs, { ...stretches, rows: 1000 }),
    batch: await fastest(() => loaded.infer(inputs), batchRows, stretches),
  };
}
