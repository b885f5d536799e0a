import { setImmediate as turn } from 'node:timers/promises';
import { tensorInfo, type ValueInfo } from '@slipway/core/onnx';
import { compilePre, tokensOutputs, type PreStep } from '@slipway/core/pre';
import { pictures } from '@slipway/core/pre/image';
import { tokens as tokenize } from '@slipway/core/pre/tokens';
import { joinRows, sliceRows, type Tensor } from '@slipway/core/tensor';
import type { LoadedModel } from './runtime.ts';

/** Pictures that are decoded before the graph runs them: each may take a moment, and much memory. */
const PICTURES = 8;

/** A model that takes texts or pictures: the steps of pre.json run first, and fill the inputs of the graph. */
export function withPre(model: LoadedModel, steps: readonly PreStep[] | undefined): LoadedModel {
  if (!steps?.length) return model;
  const given = compilePre(steps, new Set(model.inputs.map(({ name }) => name)), { pictures, tokens: tokenize });
  const hasPictures = steps.some(({ op }) => op === 'image');
  return {
    id: model.id,
    inputs: inputsBefore(model.inputs, steps),
    outputs: model.outputs,
    memory: model.memory,
    row: undefined,
    infer: steps.some(({ op }) => op === 'tokens')
      ? inParts(model, given)
      : hasPictures
        ? fewAtOnce(model, given)
        : (inputs, options) => model.infer(given(inputs), options),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

/** Columns that a step reads. */
function readBy(step: PreStep): { texts: readonly string[]; numbers: readonly string[] } {
  if (step.op === 'target-statistics') return { texts: step.columns, numbers: step.numbers };
  return { texts: step.op === 'tokens' ? step.columns : [step.column], numbers: [] };
}

type Given = (inputs: Readonly<Record<string, Tensor>>, firstRow?: number) => Record<string, Tensor>;

/** Texts that are tokenized together, and so padded to one length. */
const textsAtOnce = 64;
/** Rows × tokens² of one call: a language model compares each token with each. */
const comparisons = 2 ** 21;

/** Language models take memory by the square of the length: many texts are answered a few at a time. */
function inParts(model: LoadedModel, given: Given): LoadedModel['infer'] {
  // An answer for each token has the length of its batch, so the whole batch needs one length.
  const isFixed = model.outputs.every(({ shape }) => shape.slice(1).every((dim) => typeof dim === 'number'));
  return async (inputs, options) => {
    const rows = Object.values(inputs)[0]?.shape[0] ?? 0;
    const parts: Record<string, Tensor>[] = [];
    const step = isFixed ? textsAtOnce : Math.max(1, rows);
    for (let start = 0; start < Math.max(1, rows); start += step) {
      const tokens = given(sliceRows(inputs, start, Math.min(rows, start + step)));
      const [count = 0, length = 1] = Object.values(tokens)[0]?.shape ?? [];
      const most = Math.max(1, Math.floor(comparisons / length ** 2));
      for (let from = 0; from < Math.max(1, count); from += most) {
        options?.signal?.throwIfAborted();
        parts.push(await model.infer(sliceRows(tokens, from, Math.min(count, from + most)), options));
      }
    }
    return joinRows(parts);
  };
}

/** Pictures are decoded a few at a time; in between others get their turn, and a client that has gone is noticed. */
function fewAtOnce(model: LoadedModel, given: Given): LoadedModel['infer'] {
  return async (inputs, options) => {
    const rows = Object.values(inputs)[0]?.shape[0] ?? 0;
    if (rows <= PICTURES) return model.infer(given(inputs), options);
    const parts: Record<string, Tensor>[] = [];
    for (let start = 0; start < rows; start += PICTURES) {
      await turn();
      options?.signal?.throwIfAborted();
      parts.push(await model.infer(given(sliceRows(inputs, start, Math.min(rows, start + PICTURES)), start), options));
    }
    return joinRows(parts);
  };
}

/** The inputs that rows fill: what steps read in place of what they give. */
function inputsBefore(inputs: readonly ValueInfo[], steps: readonly PreStep[]): ValueInfo[] {
  const made = new Set(steps.flatMap(madeBy));
  const texts = new Set(steps.flatMap((step) => readBy(step).texts));
  const numbers = new Set(steps.flatMap((step) => readBy(step).numbers));
  const kept = inputs.filter(({ name }) => !made.has(name));
  const known = new Set(kept.map(({ name }) => name));
  return [
    ...kept,
    ...[...texts].filter((name) => !known.has(name)).map((name) => tensorInfo(name, 'string', ['N', 1])),
    ...[...numbers]
      .filter((name) => !known.has(name) && !texts.has(name))
      .map((name) => tensorInfo(name, 'float64', ['N', 1])),
  ];
}

/** The graph inputs that a step fills. */
function madeBy(step: PreStep): readonly string[] {
  if (step.op === 'bag') return [step.ids, step.weights];
  return step.op === 'tokens' ? tokensOutputs(step) : [step.output];
}
