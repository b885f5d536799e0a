import { fail } from '../errors/index.ts';
import type { Imported } from '../importers/index.ts';
import { adversarialRows, MISSING, topological, type Model } from '../ir/index.ts';
import type { AnswerColumn, Golden, Tolerance } from '../package/index.ts';
import { compileRows, exampleRow, type Rows } from '../signature/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { cellsOf, jsonRow, rowAt, tensorsOf, type Cells, type Tensors } from './cells.ts';
import { exact, explain, firstDifference, float32Tolerance, float64Tolerance, isClose } from '../package/index.ts';
import type { Executor, RunningModel } from './executor.ts';
import { valueAt, type Original } from './expectations.ts';
import { evaluate } from './reference.ts';
import { isTie } from './ties.ts';
import { unstableRows } from './unstable.ts';

/** What the gate found; goes to `report.json`, so nothing of this machine is in it. */
export interface GateReport {
  /** Rows on which the reference evaluator and every executor agreed. */
  readonly adversarialRows: number;
  /** Rows on which every executor gave the original's answers. */
  readonly originalRows: number;
  readonly tolerance: Tolerance;
  readonly warnings: readonly string[];
}

export interface Gated {
  readonly goldens: readonly Golden[];
  /** Executors that ran the graph here; of the others, what they said or why they were not asked. */
  readonly executors: readonly AskedExecutor[];
  readonly report: GateReport;
}

export interface AskedExecutor {
  readonly id: string;
  readonly refused?: string;
  readonly skipped?: string;
}

/** Rows to check: fewer for expensive models, by a count instead of a clock, because the package must not depend on the machine. */
const mostRows = 256;
const fewestRows = 16;
const budget = 4_000_000;
const mostCrossChecked = 50;
const mostOriginals = 200;

interface Checked {
  readonly cells: readonly Cells[];
  readonly expected: Tensors;
  readonly tensors: Tensors;
}

/**
 * Lets nothing through that answers differently: the reference evaluator against every executor on rows made to be
 * difficult, and every executor against the original's answers where there are any. PARITY_FAILED names row and output.
 */
export async function passGate(
  imported: Imported,
  executors: readonly Executor[],
  originals: readonly Original[],
  answer: readonly AnswerColumn[],
): Promise<Gated> {
  const running = executors.flatMap((executor) => ('model' in executor ? [executor.model] : []));
  for (const executor of executors) {
    // Without ONNX Runtime, or beyond what is compiled, the other executor is enough; any other refusal is a broken graph.
    if ('refused' in executor && (!running.length || executor.refused.code === 'INVALID_GRAPH')) throw executor.refused;
  }
  const rows = compileRows(imported.signature);
  const tolerance = toleranceOf(imported);
  const warnings: string[] = [];
  const known = await checkOriginals(running, rows, originals, answer, tolerance, warnings);
  const checked = imported.model
    ? await crossCheck(imported.model, imported, running, tolerance)
    : await compareExecutors(rows, running, tolerance);
  const goldens = known.length ? known : goldensOf(checked, rows, imported, running.length, tolerance);
  const report: GateReport = {
    adversarialRows: imported.model ? (checked?.cells.length ?? 0) : 0,
    originalRows: known.length,
    tolerance,
    warnings,
  };
  return { goldens, executors: executors.map(outcome), report };
}

function outcome(executor: Executor): AskedExecutor {
  const { id } = executor;
  if ('refused' in executor) return { id, refused: executor.refused.message };
  return 'skipped' in executor ? { id, skipped: executor.skipped } : { id };
}

/** Executors may differ in the last bits, unless a model has nothing but operations that IEEE 754 makes exact. */
function toleranceOf({ model, report, graph }: Imported): Tolerance {
  if (!model)
    return graph.graph.outputs.every(({ dtype }) => dtype !== 'float32' && dtype !== 'float16')
      ? float64Tolerance
      : float32Tolerance;
  const values = topological(model.outputs.map(({ value }) => value));
  const claims = new Set(report.steps.map(({ exactness }) => exactness));
  // Casts inside do not count: scikit-learn's trees round their inputs and add up in float64.
  const isFloat32 =
    claims.has('approximate') || claims.has('float32') || model.outputs.some(({ value }) => value.dtype === 'float32');
  if (isFloat32) return float32Tolerance;
  return values.every(({ op }) => exactOperations.has(op.id)) ? exact : float64Tolerance;
}

/** Operations whose result does not depend on who computes it: trees above all. */
const exactOperations: ReadonlySet<string> = new Set(
  `input constant cast require impute fillText isMissing isMissingText codes indicator lookUp table select pick concat add subtract multiply
   divide negate absolute minimum maximum where less lessOrEqual greater greaterOrEqual equal and or not position labels forest eachTree
   sumOfRounds floor ceiling sign`.split(/\s+/),
);

async function crossCheck(
  model: Model,
  { signature }: Imported,
  running: readonly RunningModel[],
  tolerance: Tolerance,
): Promise<Checked> {
  const cells = adversarialRows(model, rowsFor(model)).map((row): Cells => row.map((cell) => cell ?? MISSING));
  const expected = evaluate(model, cells);
  const tensors = tensorsOf(model, cells);
  const isUnstable = unstableRows(model, exactOperations, tolerance);
  for (const executor of running) {
    const got = await executor.infer(tensors);
    const isFree = (output: string, row: number) =>
      (output === signature.outputs.label && isTie(signature, expected, row, tolerance)) ||
      isUnstable(cells[row] as Cells, output);
    const difference = firstDifference(expected, got, tolerance, isFree);
    if (difference) {
      const row = JSON.stringify(cells[difference.row]);
      throw fail('PARITY_FAILED', {
        problem: `${executor.id} and the reference evaluator differ in ${explain(difference)}; the row is ${row}`,
      });
    }
  }
  return { cells, expected, tensors };
}

function rowsFor(model: Model): number {
  let cost = 0;
  for (const { width, params, inputs } of topological(model.outputs.map((output) => output.value))) {
    cost += width * Math.max(1, inputs[0]?.width ?? 1);
    const trees = (params as { trees?: { feature?: { length: number } } } | undefined)?.trees?.feature?.length ?? 0;
    // A row passes a path, not all nodes of a tree.
    cost += trees / 8;
  }
  return Math.max(fewestRows, Math.min(mostRows, Math.floor(budget / cost)));
}

/** Graphs that came as ONNX have no reference; their executors are compared with each other on one example. */
async function compareExecutors(
  rows: Rows,
  running: readonly RunningModel[],
  tolerance: Tolerance,
): Promise<Checked | undefined> {
  const example = exampleRow(rows.signature);
  if (example === undefined) return undefined;
  const { tensors } = rows.decode(example);
  let expected: Tensors | undefined;
  for (const executor of running) {
    const got = await executor.infer(tensors);
    // A graph that draws random numbers has no answer to hold others to.
    if (!expected && firstDifference(got, await executor.infer(tensors), tolerance)) return undefined;
    const difference = expected && firstDifference(expected, got, tolerance);
    if (difference) throw fail('PARITY_FAILED', { problem: `the executors differ in ${explain(difference)}` });
    expected ??= got;
  }
  return expected && { cells: [[]], expected, tensors };
}

async function checkOriginals(
  running: readonly RunningModel[],
  rows: Rows,
  originals: readonly Original[],
  answer: readonly AnswerColumn[],
  tolerance: Tolerance,
  warnings: string[],
): Promise<Golden[]> {
  const goldens: Golden[] = [];
  // The library's own exp and log may differ from ours in the last bit where no step but the trees claims to be exact.
  const allowed = tolerance === exact ? float64Tolerance : tolerance;
  for (const original of originals) {
    const { from, row, expected, refused } = original;
    let tensors: Tensors;
    try {
      ({ tensors } = rows.decode(row, { extra: 'ignore' }));
    } catch (error) {
      if (refused !== undefined) continue;
      if (!expected.length) throw error;
      throw fail(
        'PARITY_FAILED',
        { problem: `${from} is answered by the original and refused here: ${(error as Error).message}` },
        { cause: error },
      );
    }
    if (refused !== undefined) {
      warnings.push(`${from} is refused by the original (${refused}) and answered here.`);
      continue;
    }
    let outputs: Record<string, Tensor> | undefined;
    for (const executor of running) {
      const got = await executor.infer(tensors);
      checkAnswer(original, answer, got, allowed, executor.id);
      outputs ??= got;
    }
    const asked = new Set(expected.map(({ output }) => output));
    const kept = Object.entries(outputs ?? {}).filter(([name]) => asked.has(name));
    // What JSON cannot say is checked here, but nobody can send it.
    const canBeSent = !Object.values(Object(row) as object).some((cell) => cell === Infinity || cell === -Infinity);
    if (!kept.length || !canBeSent || goldens.length >= mostOriginals) continue;
    goldens.push({
      kind: 'original',
      row,
      outputs: Object.fromEntries(kept.map((entry) => withOriginal(entry, original))),
      tolerance: allowed,
    });
  }
  return goldens;
}

function checkAnswer(
  { from, expected }: Original,
  answer: readonly AnswerColumn[],
  got: Tensors,
  tolerance: Tolerance,
  executor: string,
): void {
  for (const place of expected) {
    const value = valueAt(answer, got, 0, place);
    const isEqual =
      typeof value === 'number' && typeof place.value === 'number'
        ? isClose(value, place.value, tolerance)
        : value === place.value;
    if (isEqual) continue;
    const where = `${place.output}[${place.at}]`;
    const problem = `${from}, ${where}: the original answered ${show(place.value)}, ${executor} answers ${show(value)}`;
    throw fail('PARITY_FAILED', { problem });
  }
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** The tensor with the original's own numbers in place of ours; labels are equal anyway. */
function withOriginal([name, tensor]: [string, Tensor], { expected }: Original): [string, Tensor] {
  if (tensor.dtype !== 'float64' && tensor.dtype !== 'float32') return [name, tensor];
  const data = (tensor.data as Float64Array).slice();
  for (const { output, at, value } of expected) if (output === name && typeof value === 'number') data[at] = value;
  return [name, { ...tensor, data }];
}

/** Rows that a client can send, spread over those that were checked. */
function goldensOf(
  checked: Checked | undefined,
  rows: Rows,
  { signature, model }: Imported,
  executors: number,
  tolerance: Tolerance,
): Golden[] {
  if (!checked) return [];
  const { cells, expected, tensors } = checked;
  const kind = (model ? 1 : 0) + executors > 1 ? 'cross-checked' : 'single';
  const goldens: Golden[] = [];
  const example = exampleRow(signature);
  if (example !== undefined && model) {
    const golden = exampleGolden(example, rows, model, tolerance);
    if (golden) goldens.push({ kind, ...golden, tolerance });
  }
  for (let at = 0; at < cells.length && goldens.length < mostCrossChecked; at++) {
    if (isTie(signature, expected, at, tolerance)) continue;
    const row = jsonRow(rows, rowAt(tensors, at));
    if (row !== undefined) goldens.push({ kind, row, outputs: rowAt(expected, at), tolerance });
  }
  return goldens;
}

function exampleGolden(
  example: unknown,
  rows: Rows,
  model: Model,
  tolerance: Tolerance,
): Pick<Golden, 'row' | 'outputs'> | undefined {
  const { tensors } = rows.decode(example);
  const expected = evaluate(model, cellsOf(model, tensors, 1));
  return isTie(rows.signature, expected, 0, tolerance) ? undefined : { row: example, outputs: expected };
}
