import type { GraphBuilder } from '../../onnx/index.ts';
import { MISSING, partsOfDate, type DatePartsStep } from '../../pre/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';

const declared = new WeakMap<GraphBuilder, Map<string, string>>();

const datePartsOp: Op<DatePartsStep> = {
  id: 'dateParts',
  evaluate: (step, [text]) => partsOfDate((text as Row as readonly string[])[0] ?? MISSING, step.parts),
  emit(graph, step, _inputs, { width }) {
    const known = declared.get(graph) ?? new Map<string, string>();
    declared.set(graph, known);
    const name = known.get(step.output) ?? graph.input(step.output, 'float64', ['N', width]);
    known.set(step.output, name);
    return name;
  },
  demand: () => [[{ present: true, date: true }]],
  pre: (step) => step,
};

/** Numbers that hosts make from dates before the graph. */
export function datePartsOf(text: Value, step: DatePartsStep): Value {
  return value(datePartsOp, step, [text], 'float64', step.parts.length);
}
