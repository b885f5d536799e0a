import { fail } from '../errors/index.ts';
import { tensor, type Tensor } from '../tensor/index.ts';
import { MISSING } from './missing.ts';
import { bagOf, type BagStep } from './bag.ts';
import { targetStatistics, widthOf, type TargetStatisticsStep } from './target-statistics.ts';

/** Every step of pre.json. A closed set: all of them are carried out here, on every host. */
export type PreStep = BagStep | TargetStatisticsStep;

type Tensors = Readonly<Record<string, Tensor>>;

/** Texts in, the graph's inputs out. Columns that only the steps read are taken away. */
export function compilePre(
  steps: readonly PreStep[],
  graphInputs: ReadonlySet<string>,
): (inputs: Tensors) => Record<string, Tensor> {
  const run = steps.map((step) => (step.op === 'bag' ? bagStep(step) : statisticsStep(step)));
  return (inputs) => {
    const given = Object.entries(inputs).filter(([name]) => graphInputs.has(name));
    return Object.fromEntries([...given, ...run.flatMap((step) => Object.entries(step(inputs)))]);
  };
}

function bagStep(step: BagStep): (inputs: Tensors) => Record<string, Tensor> {
  const bag = bagOf(step);
  return (inputs) => {
    const rows = textsOf(inputs, step.column).map((text) => (text === MISSING ? { ids: [], weights: [] } : bag(text)));
    const length = rows.reduce((most, { ids }) => Math.max(most, ids.length), 1);
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(step.size));
    const weights = new Float64Array(rows.length * length);
    rows.forEach((row, r) => {
      row.ids.forEach((id, i) => (ids[r * length + i] = BigInt(id)));
      weights.set(row.weights, r * length);
    });
    return {
      [step.ids]: tensor('int64', [rows.length, length], ids),
      [step.weights]: tensor('float64', [rows.length, length], weights),
    };
  };
}

function statisticsStep(step: TargetStatisticsStep): (inputs: Tensors) => Record<string, Tensor> {
  const statistics = targetStatistics(step);
  const width = widthOf(step);
  return (inputs) => {
    const texts = step.columns.map((column) => textsOf(inputs, column));
    const numbers = step.numbers.map((column) => (inputs[column] as Tensor).data as Float64Array);
    const rows = texts[0]?.length ?? 0;
    const data = new Float64Array(rows * width);
    for (let r = 0; r < rows; r++) {
      const row = statistics(
        texts.map((column) => column[r] as string),
        numbers.map((column) => column[r] as number),
      );
      data.set(row, r * width);
    }
    return { [step.output]: tensor('float64', [rows, width], data) };
  };
}

function textsOf(inputs: Tensors, name: string): readonly string[] {
  const column = inputs[name];
  if (!column || column.dtype !== 'string') throw new Error(`the text column ${name} is missing`);
  return column.data as readonly string[];
}

/** Checks steps that were read from a file. */
export function readPre(json: unknown): readonly PreStep[] {
  if (!Array.isArray(json) || !json.every(isStep)) {
    throw fail('PACKAGE_CORRUPT', { path: 'pre.json', problem: 'it holds steps that this Slipway does not know' });
  }
  return json;
}

function isStep(step: unknown): step is PreStep {
  if (typeof step !== 'object' || step === null || !('op' in step)) return false;
  return (
    (step.op === 'bag' && 'analyzer' in step && 'vocabulary' in step) ||
    (step.op === 'target-statistics' && 'statistics' in step)
  );
}
