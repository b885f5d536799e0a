import { tensorInfo, type ValueInfo } from '@slipway/core/onnx';
import { compilePre, type PreStep } from '@slipway/core/pre';
import type { LoadedModel } from './runtime.ts';

/** A model that takes texts: the steps of pre.json run first, and fill the inputs of the graph. */
export function withPre(model: LoadedModel, steps: readonly PreStep[] | undefined): LoadedModel {
  if (!steps?.length) return model;
  const given = compilePre(steps, new Set(model.inputs.map(({ name }) => name)));
  return {
    id: model.id,
    inputs: inputsBefore(model.inputs, steps),
    outputs: model.outputs,
    row: undefined,
    infer: (inputs, options) => model.infer(given(inputs), options),
    [Symbol.asyncDispose]: () => model[Symbol.asyncDispose](),
  };
}

/** The inputs that rows fill: what steps read in place of what they give. */
function inputsBefore(inputs: readonly ValueInfo[], steps: readonly PreStep[]): ValueInfo[] {
  const made = new Set(steps.flatMap((step) => (step.op === 'bag' ? [step.ids, step.weights] : [step.output])));
  const texts = new Set(steps.flatMap((step) => (step.op === 'bag' ? [step.column] : step.columns)));
  const numbers = new Set(steps.flatMap((step) => (step.op === 'bag' ? [] : step.numbers)));
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
