import type { AnswerValue } from '@slipway/core/signature';

/** How a prediction compares with what came true. */
export interface Judgement {
  /** Of tasks that choose. */
  readonly correct: boolean | null;
  /** Of tasks that measure: |prediction − actual|, the mean over several targets. */
  readonly absoluteError: number | null;
  readonly squaredError: number | null;
}

/** Compares; undefined when the actual value cannot be one of this task. */
export function judge(task: string, prediction: AnswerValue, actual: AnswerValue): Judgement | undefined {
  if (task !== 'regression') {
    const correct = sameValue(prediction, actual);
    return correct === undefined ? undefined : { correct, absoluteError: null, squaredError: null };
  }
  const [predicted, came] = [numbersOf(prediction, prediction), numbersOf(actual, prediction)];
  if (!predicted || !came || predicted.length !== came.length || came.length === 0) return undefined;
  const differences = predicted.map((value, i) => value - (came[i] as number));
  const mean = (of: (difference: number) => number) =>
    differences.reduce((sum, difference) => sum + of(difference), 0) / differences.length;
  return { correct: null, absoluteError: mean(Math.abs), squaredError: mean((difference) => difference ** 2) };
}

/** Labels are the same when they read the same: `1` and `"1"`. Undefined for another form: one label for several. */
function sameValue(prediction: AnswerValue, actual: AnswerValue): boolean | undefined {
  if (isObject(prediction)) {
    if (!isObject(actual)) return undefined;
    const names = Object.keys(prediction);
    if (names.some((name) => !Object.hasOwn(actual, name))) return undefined;
    return every(names.map((name) => sameValue(prediction[name] as AnswerValue, actual[name] as AnswerValue)));
  }
  if (Array.isArray(prediction)) {
    if (!Array.isArray(actual) || actual.length !== prediction.length) return undefined;
    return every(prediction.map((value: AnswerValue, i) => sameValue(value, actual[i] as AnswerValue)));
  }
  if (typeof actual === 'object') return undefined;
  return typeof prediction === 'object' ? false : String(prediction) === String(actual);
}

function every(results: readonly (boolean | undefined)[]): boolean | undefined {
  return results.includes(undefined) ? undefined : results.every(Boolean);
}

/** The numbers of one target or of several, in the order of the prediction. */
function numbersOf(value: AnswerValue, like: AnswerValue): number[] | undefined {
  if (typeof value === 'number') return typeof like === 'number' ? [value] : undefined;
  if (Array.isArray(value)) {
    const all = value as readonly AnswerValue[];
    return Array.isArray(like) && all.every((one) => typeof one === 'number') ? [...all] : undefined;
  }
  if (!isObject(value) || !isObject(like)) return undefined;
  const found = Object.keys(like).map((name) => (Object.hasOwn(value, name) ? value[name] : undefined));
  return found.every((one) => typeof one === 'number') ? found : undefined;
}

function isObject(value: AnswerValue): value is { readonly [key: string]: AnswerValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
