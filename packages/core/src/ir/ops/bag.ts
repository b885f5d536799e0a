import type { GraphBuilder } from '../../onnx/index.ts';
import { bagOf, type Bag, type BagStep } from '../../pre/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { MISSING, value, type Op, type Row, type Value } from '../value.ts';

/** Most columns that a bag may have where something other than a matrix product reads it. */
const MOST_DENSE = 1 << 17;

const compiled = new WeakMap<BagStep, (text: string) => Bag>();

function entriesOf(step: BagStep, row: Row): Bag {
  const run = compiled.get(step) ?? bagOf(step);
  compiled.set(step, run);
  const [text] = row as readonly string[];
  return text === MISSING ? { ids: [], weights: [] } : run(text as string);
}

const bagOp: Op<BagStep> = {
  id: 'bag',
  evaluate(step, [text], { width }) {
    const row = new Float64Array(width);
    const { ids, weights } = entriesOf(step, text as Row);
    ids.forEach((id, i) => (row[id] = weights[i] as number));
    return row;
  },
  emit(graph, step, _inputs, { width }) {
    if (width > MOST_DENSE) throw new Error(`a bag of ${width} columns is read by something that needs all of them`);
    const { ids, weights } = declare(graph, step);
    const count = graph.node('Shape', [ids], { start: 0, end: 1 });
    const shape = graph.node('Concat', [count, graph.constant(int64([width + 1]))], { axis: 0 });
    const zeros = graph.node('Expand', [graph.scalar('float64', 0), shape]);
    const filled = graph.node('ScatterElements', [zeros, ids, weights], { axis: 1 });
    const [start, end, axis] = [0, width, 1].map((number) => graph.constant(int64([number])));
    return graph.node('Slice', [filled, start as string, end as string, axis as string]);
  },
  demand: () => [[{ present: true }]],
  pre: (step) => step,
};

/** Terms of a text, counted and weighted: `[N, size]`, nearly all zeros. */
export function bag(text: Value, step: BagStep): Value {
  return value(bagOp, step, [text], 'float64', step.size);
}

/** The step of a value that is a bag. */
export function bagStep(x: Value): BagStep | undefined {
  return x.op.id === bagOp.id ? (x.params as BagStep) : undefined;
}

interface BagInputs {
  readonly ids: string;
  readonly weights: string;
}

const declared = new WeakMap<GraphBuilder, Map<string, BagInputs>>();

/** Graph inputs of a step; declared once, however many values read the bag. */
function declare(graph: GraphBuilder, step: BagStep): BagInputs {
  const known = declared.get(graph) ?? new Map<string, BagInputs>();
  declared.set(graph, known);
  const length = `${step.ids}_length`;
  const inputs = known.get(step.ids) ?? {
    ids: graph.input(step.ids, 'int64', ['N', length]),
    weights: graph.input(step.weights, 'float64', ['N', length]),
  };
  known.set(step.ids, inputs);
  return inputs;
}

interface BagProduct {
  readonly step: BagStep;
  /** [outputs, size] row-major. */
  readonly weights: Float64Array;
}

const bagProductOp: Op<BagProduct> = {
  id: 'bagProduct',
  evaluate({ step, weights }, [text], { width }) {
    const { ids, weights: cells } = entriesOf(step, text as Row);
    return Float64Array.from({ length: width }, (_, k) =>
      ids.reduce((sum, id, i) => sum + (cells[i] as number) * (weights[k * step.size + id] as number), 0),
    );
  },
  emit(graph, { step, weights }, _inputs, { width }) {
    const { ids, weights: cells } = declare(graph, step);
    const table = new Float64Array((step.size + 1) * width); // the last row is what padding reads
    for (let k = 0; k < width; k++)
      for (let id = 0; id < step.size; id++) table[id * width + k] = weights[k * step.size + id] as number;
    const rows = graph.node('Gather', [graph.constant(float64(table, [step.size + 1, width])), ids], { axis: 0 });
    const scaled = graph.node('Mul', [rows, graph.node('Unsqueeze', [cells, graph.constant(int64([2]))])]);
    return graph.node('ReduceSum', [scaled, graph.constant(int64([1]))], { keepdims: 0 });
  },
  demand: () => [[{ present: true }]],
  pre: ({ step }) => step,
};

/** bag · weightsᵀ without the zeros; weights are `[outputs, size]` row-major. */
export function bagProduct(x: Value, weights: Float64Array): Value {
  const step = bagStep(x);
  if (!step) throw new Error('bagProduct of a value that is no bag');
  return value(bagProductOp, { step, weights }, x.inputs, 'float64', weights.length / step.size);
}
