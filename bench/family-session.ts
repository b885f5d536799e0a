/**
 * Our executors, a line at a time: node family-session.ts FOLDER, then on stdin
 *
 * - `load ID` → which executors take the model, which of them answer like the library, and which the server picks
 * - `time EXECUTOR one|many` → microseconds of processor time a row
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SlipwayError } from '@slipway/core/errors';
import { answerOutputs } from '@slipway/core/signature';
import type { Imported } from '@slipway/core/importers';
import type { Tensor } from '@slipway/core/tensor';
import { exampleInputs } from '../packages/slipway/src/cli/runtime-for.ts';
import { choose } from '../packages/slipway/src/runtimes/choose.ts';
import { compiled } from '../packages/slipway/src/runtimes/compiled/index.ts';
import { onnxruntime } from '../packages/slipway/src/runtimes/onnxruntime/index.ts';
import { withPre } from '../packages/slipway/src/runtimes/pre.ts';
import { sliceRows } from '@slipway/core/tensor';
import type { LoadedModel } from '../packages/slipway/src/runtimes/runtime.ts';
import type { Golden } from '../test/fixtures.ts';
import { cellsOf, compare, importPath, tensorsOf } from '../test/parity.ts';
import { familyRows, type RowKind } from './family-rows.ts';
import { fastest, processorTime, rowByRow } from './stopwatch.ts';

/** What `family_session.py train` says about a model. */
interface Family {
  readonly file: string;
  readonly method: string;
  readonly rows: RowKind;
  readonly answers: Golden['outputs'][string];
}

export interface Loaded {
  /** Id of each executor, with the reason where it does not take the model or answers something else. */
  readonly executors: Readonly<Record<string, string | null>>;
  /** Largest difference from the library's answers. */
  readonly difference: number;
  readonly row: string;
  readonly batch: string;
}

const [folder = ''] = process.argv.slice(2);
const loaded = new Map<string, LoadedModel>();
let inputs: Readonly<Record<string, Tensor>> = {};
let outputs: readonly string[] = [];

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, first = '', form = ''] = line.split(' ');
  const answer = verb === 'load' ? await load(first) : await time(first, form);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function load(id: string): Promise<Loaded> {
  for (const model of loaded.values()) await model[Symbol.asyncDispose]();
  loaded.clear();
  const { file, method, rows, answers } = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8')) as Family;
  const imported = importPath(join(folder, file));
  const { graph, signature, model, pre } = imported;
  if (!model) throw new Error(`${id} has no model that could be checked.`);
  inputs = tensorsOf(model, cellsOf(signature, familyRows(folder, rows), model));
  // What the library's method gives, and no more: k-means predicts labels, and distances are another method.
  outputs = [signature.outputs.methods?.[method] ?? answerOutputs(signature)].flat();
  const executors: Record<string, string | null> = {};
  let difference = 0;
  for (const runtime of [compiled, onnxruntime]) {
    try {
      const ready = withPre(await runtime.load(graph, { outputs }), pre);
      const golden = { rows: answers, outputs: { [method]: answers }, tolerance: { rtol: 1e-6, atol: 1e-6 } };
      const all = graph.graph.outputs.map(({ name }) => name);
      const got = await ready.infer(sliceRows(inputs, 0, answers.length), { outputs: all });
      const [found] = compare(runtime.id, imported, got, golden as unknown as Golden);
      difference = Math.max(difference, found?.maxDifference ?? Infinity);
      executors[runtime.id] = found?.failures[0] ?? null;
      loaded.set(runtime.id, ready);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      executors[runtime.id] = error.message.slice(0, 200);
    }
  }
  return { executors, difference, ...(await pick(imported)) };
}

/** As `slipway serve` does it. */
async function pick({ graph, signature, pre }: Imported): Promise<{ row: string; batch: string }> {
  await using chosen = await choose(
    graph,
    { compiled: () => Promise.resolve(compiled), onnx: () => Promise.resolve(onnxruntime) },
    { outputs: answerOutputs(signature), example: pre?.length ? undefined : exampleInputs(signature) },
  );
  return { row: (pre?.length ? undefined : chosen.row?.id) ?? chosen.batch.id, batch: chosen.batch.id };
}

async function time(executor: string, form: string): Promise<number> {
  const model = loaded.get(executor);
  if (!model) return Number.NaN;
  if (form === 'one')
    return rowByRow(model, inputs, { rows: 50, stretches: 3, seconds: 0.1, outputs, clock: processorTime });
  const rows = Object.values(inputs)[0]?.shape[0] ?? 1;
  return fastest(() => model.infer(inputs, { outputs }), rows, { stretches: 2, seconds: 0.25, clock: processorTime });
}
