import type { GraphBuilder } from '../../onnx/index.ts';
import { MISSING, targetStatistics, widthOf, type TargetStatisticsStep } from '../../pre/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';

const compiled = new WeakMap<TargetStatisticsStep, ReturnType<typeof targetStatistics>>();
const declared = new WeakMap<GraphBuilder, Map<string, string>>();

const targetStatisticsOp: Op<TargetStatisticsStep> = {
  id: 'targetStatistics',
  evaluate(step, inputs) {
    const run = compiled.get(step) ?? targetStatistics(step);
    compiled.set(step, run);
    const texts = inputs.slice(0, step.columns.length).map((row: Row) => (row as readonly string[])[0] ?? MISSING);
    const numbers = inputs.slice(step.columns.length).map((row: Row) => (row as Float64Array)[0] as number);
    return run(texts, numbers);
  },
  emit(graph, step, _inputs, { width }) {
    const known = declared.get(graph) ?? new Map<string, string>();
    declared.set(graph, known);
    const name = known.get(step.output) ?? graph.input(step.output, 'float64', ['N', width]);
    known.set(step.output, name);
    return name;
  },
  demand: (step, _demands, { inputs }) =>
    inputs.map((_input, i) => [i < step.columns.length ? { present: true, numerals: true } : {}]),
  pre: (step) => step,
};

/** Numbers that hosts make from categories before the graph; `texts` and `numbers` in the order of the step's columns. */
export function targetStatisticsOf(
  texts: readonly Value[],
  numbers: readonly Value[],
  step: TargetStatisticsStep,
): Value {
  return value(targetStatisticsOp, step, [...texts, ...numbers], 'float64', widthOf(step));
}
