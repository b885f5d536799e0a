import { fail } from '../errors/index.ts';
import { tensor, type Tensor } from '../tensor/index.ts';
import { MISSING } from './missing.ts';
import { bagOf, type BagStep } from './bag.ts';
import { partsOfDate, type DatePartsStep } from './date-parts.ts';
import { isImageStep, type ImageStep } from './image/step.ts';
import { targetStatistics, widthOf, type TargetStatisticsStep } from './target-statistics.ts';
import { textsOf } from './texts.ts';
import { isTokensStep, type TokensStep } from './tokens/step.ts';

/** Every step of pre.json. A closed set: all of them are carried out here, on every host. */
export type PreStep = BagStep | DatePartsStep | ImageStep | TargetStatisticsStep | TokensStep;

type Tensors = Readonly<Record<string, Tensor>>;

/** Carries out image steps: `pictures` of the folder `image/`. Given by the host, so that others need not carry decoders. */
export type Pictures = (step: ImageStep) => (inputs: Tensors, firstRow: number) => Record<string, Tensor>;

/** Carries out steps of tokens: `tokens` of the folder `tokens/`. */
export type Tokens = (step: TokensStep) => (inputs: Tensors) => Record<string, Tensor>;

/** What carries out the steps that are large; hosts give those that their models need. */
export interface StepRunners {
  readonly pictures?: Pictures | undefined;
  readonly tokens?: Tokens | undefined;
}

/** Texts and pictures in, the graph's inputs out. Columns that only the steps read are taken away. `firstRow`: see messages. */
export function compilePre(
  steps: readonly PreStep[],
  graphInputs: ReadonlySet<string>,
  runners: StepRunners = {},
): (inputs: Tensors, firstRow?: number) => Record<string, Tensor> {
  const run = steps.map((step) => runnerOf(step, runners));
  return (inputs, firstRow = 0) => {
    const given = Object.entries(inputs).filter(([name]) => graphInputs.has(name));
    return Object.fromEntries([...given, ...run.flatMap((step) => Object.entries(step(inputs, firstRow)))]);
  };
}

function runnerOf(step: PreStep, { pictures, tokens }: StepRunners): ReturnType<Pictures> {
  switch (step.op) {
    case 'bag':
      return bagStep(step);
    case 'date-parts':
      return datesStep(step);
    case 'image':
      return (pictures ?? noPictures)(step);
    case 'target-statistics':
      return statisticsStep(step);
    case 'tokens':
      return (tokens ?? noTokens)(step);
  }
}

function datesStep({ column, parts, output }: DatePartsStep): (inputs: Tensors) => Record<string, Tensor> {
  return (inputs) => {
    const texts = textsOf(inputs, column);
    const data = new Float64Array(texts.length * parts.length);
    texts.forEach((text, r) => data.set(partsOfDate(text, parts), r * parts.length));
    return { [output]: tensor('float64', [texts.length, parts.length], data) };
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

function noTokens(): never {
  throw fail('RUNTIME_UNAVAILABLE', {
    runtime: 'a tokenizer',
    advice: 'Give the predictor `tokens` of @slipway/core/pre/tokens.',
  });
}

function noPictures(): never {
  throw fail('RUNTIME_UNAVAILABLE', {
    runtime: 'a decoder of pictures',
    advice: 'Give the predictor `pictures` of @slipway/core/pre/image.',
  });
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
    isImageStep(step) ||
    (step.op === 'bag' && 'analyzer' in step && 'vocabulary' in step) ||
    (step.op === 'date-parts' && 'parts' in step) ||
    (step.op === 'target-statistics' && 'statistics' in step) ||
    isTokensStep(step)
  );
}
