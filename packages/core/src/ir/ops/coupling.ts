import { GraphBuilder } from '../../onnx/index.ts';
import { float64, int64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { numbersOf, onnxType } from './numbers.ts';

/** Positions (i, j), i < j, of the pairs of K classes, in libsvm's order. */
export function pairsOf(classes: number): (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < classes; i++) for (let j = i + 1; j < classes; j++) pairs.push([i, j]);
  return pairs;
}

/**
 * libsvm's `multiclass_probability`: the second method of Wu, Lin and Weng (JMLR 5, 2004), which stops early.
 *
 * How early decides the answer's third digit, so every step is taken as libsvm takes it.
 */
const couplingOp: Op<null> = {
  id: 'coupling',
  evaluate(_params, [x], { width: K }) {
    const pairs = numbersOf(x as Float64Array);
    const r = new Float64Array(K * K);
    pairsOf(K).forEach(([i, j], at) => {
      r[i * K + j] = pairs[at] as number;
      r[j * K + i] = 1 - (pairs[at] as number);
    });
    return coupled(r, K);
  },
  emit: (graph, _params, [x], { width }) =>
    width === 2 ? emitTwo(graph, x as string) : emitMany(graph, x as string, width),
};

function coupled(r: Float64Array, K: number): Float64Array {
  const Q = new Float64Array(K * K);
  for (let t = 0; t < K; t++) {
    for (let j = 0; j < K; j++) {
      if (j === t) continue;
      const back = r[j * K + t] as number;
      Q[t * K + t] = (Q[t * K + t] as number) + back * back;
      Q[t * K + j] = -back * (r[t * K + j] as number);
    }
  }
  const p = new Float64Array(K).fill(1 / K);
  const Qp = new Float64Array(K);
  for (let step = 0; step < mostSteps(K); step++) {
    let pQp = 0;
    for (let t = 0; t < K; t++) {
      let sum = 0;
      for (let j = 0; j < K; j++) sum += (Q[t * K + j] as number) * (p[j] as number);
      Qp[t] = sum;
      pQp += (p[t] as number) * sum;
    }
    const error = Math.max(...Qp.map((own) => Math.abs(own - pQp)));
    if (error < tolerance(K)) break;
    for (let t = 0; t < K; t++) {
      const own = Qp[t] as number;
      const diagonal = Q[t * K + t] as number;
      const difference = (-own + pQp) / diagonal;
      const scale = 1 + difference;
      p[t] = (p[t] as number) + difference;
      pQp = (pQp + difference * (difference * diagonal + 2 * own)) / scale / scale;
      for (let j = 0; j < K; j++) {
        Qp[j] = ((Qp[j] as number) + difference * (Q[t * K + j] as number)) / scale;
        p[j] = (p[j] as number) / scale;
      }
    }
  }
  return p;
}

const mostSteps = (classes: number): number => Math.max(100, classes);
const tolerance = (classes: number): number => 0.005 / classes;

/** Two classes converge in two steps for every probability that libsvm's clipping allows; one more stands by. */
const STEPS_OF_TWO = 3;

/** Straight-line code: a row that has converged keeps its values. */
function emitTwo(graph: GraphBuilder, r01: string): string {
  const constant = (number: number): string => graph.constant(float64([number], [1, 1]));
  const node = (op: string, ...inputs: string[]): string => graph.node(op, inputs);
  const one = constant(1);
  const r10 = node('Sub', one, r01);
  const diagonals = [node('Mul', r10, r10), node('Mul', r01, r01)];
  const off = node('Mul', node('Neg', r10), r01);
  const half = node('Add', node('Mul', r01, constant(0)), constant(0.5));
  let p = [half, half];
  for (let step = 0; step < STEPS_OF_TWO; step++) {
    const [p0, p1] = p as [string, string];
    let q = [
      node('Add', node('Mul', diagonals[0] as string, p0), node('Mul', off, p1)),
      node('Add', node('Mul', off, p0), node('Mul', diagonals[1] as string, p1)),
    ];
    let pQp = node('Add', node('Mul', p0, q[0] as string), node('Mul', p1, q[1] as string));
    const errors = q.map((own) => node('Abs', node('Sub', own, pQp)));
    const isActive = node(
      'GreaterOrEqual',
      node('Max', errors[0] as string, errors[1] as string),
      constant(tolerance(2)),
    );
    let next = [p0, p1];
    for (const t of [0, 1] as const) {
      const own = q[t] as string;
      const diagonal = diagonals[t] as string;
      const difference = node('Div', node('Add', node('Neg', own), pQp), diagonal);
      const scale = node('Add', one, difference);
      const twice = node('Mul', constant(2), own);
      const growth = node('Mul', difference, node('Add', node('Mul', difference, diagonal), twice));
      pQp = node('Div', node('Div', node('Add', pQp, growth), scale), scale);
      next = next.map((own_, j) => node('Div', j === t ? node('Add', own_, difference) : own_, scale));
      q = q.map((own_, j) => node('Div', node('Add', own_, node('Mul', difference, j === t ? diagonal : off)), scale));
    }
    p = [node('Where', isActive, next[0] as string, p0), node('Where', isActive, next[1] as string, p1)];
  }
  return graph.node('Concat', p, { axis: 1 });
}

/** A Loop over the steps, all rows at once: rows that have converged keep their values, and it ends when all have. */
function emitMany(graph: GraphBuilder, x: string, K: number): string {
  const pairs = pairsOf(K);
  const spread = new Float64Array(pairs.length * K * K);
  const shift = new Float64Array(K * K);
  pairs.forEach(([i, j], at) => {
    spread[at * K * K + i * K + j] = 1;
    spread[at * K * K + j * K + i] = -1;
    shift[j * K + i] = 1;
  });
  const flat = graph.node('Gemm', [x, graph.constant(float64(spread, [pairs.length, K * K]))]);
  const filled = graph.node('Add', [flat, graph.constant(float64(shift, [1, K * K]))]);
  const r = graph.node('Reshape', [filled, graph.constant(int64([-1, K, K]))]);
  const back = graph.node('Transpose', [r], { perm: [0, 2, 1] });
  const off = graph.node('Neg', [graph.node('Mul', [back, r])]);
  const diagonal = graph.node('ReduceSum', [graph.node('Mul', [back, back]), graph.constant(int64([2]))], {
    keepdims: 1,
  });
  const eye = graph.constant(float64(identity(K), [1, K, K]));
  const Q = graph.node('Add', [off, graph.node('Mul', [diagonal, eye])]);
  const lines = Array.from({ length: K }, (_, t) => {
    const column = graph.node('Gather', [Q, graph.constant(int64([t]))], { axis: 2 });
    return { column, own: graph.node('Gather', [column, graph.constant(int64([t]))], { axis: 1 }) };
  });
  const zero = graph.node('Mul', [diagonal, graph.constant(float64([0], [1, 1, 1]))]);
  const start = graph.node('Add', [zero, graph.constant(float64([1 / K], [1, 1, 1]))]);
  const body = emitStep(graph, Q, lines, K);
  const most = graph.scalar('int64', mostSteps(K));
  const go = graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) });
  const p = graph.node('Loop', [most, go, start], { body: { graph: body } });
  return graph.node('Reshape', [p, graph.constant(int64([-1, K]))]);
}

function emitStep(graph: GraphBuilder, Q: string, lines: readonly { column: string; own: string }[], K: number) {
  const body = new GraphBuilder({}, graph);
  const constant = (number: number): string => body.constant(float64([number], [1, 1, 1]));
  const node = (op: string, ...inputs: string[]): string => body.node(op, inputs);
  body.input('step', 'int64', []);
  body.input('go', 'bool', []);
  const p = body.input('p', 'float64', ['N', K, 1]);
  let q = node('MatMul', Q, p);
  let pQp = body.node('ReduceSum', [node('Mul', p, q), body.constant(int64([1]))], { keepdims: 1 });
  const error = body.node('ReduceMax', [node('Abs', node('Sub', q, pQp))], { axes: [1], keepdims: 1 });
  const isActive = node('GreaterOrEqual', error, constant(tolerance(K)));
  let next = p;
  lines.forEach(({ column, own: diagonal }, t) => {
    const own = body.node('Gather', [q, body.constant(int64([t]))], { axis: 1 });
    const difference = node('Div', node('Sub', pQp, own), diagonal);
    const scale = node('Add', constant(1), difference);
    const growth = node(
      'Mul',
      difference,
      node('Add', node('Mul', difference, diagonal), node('Mul', constant(2), own)),
    );
    const unit = body.constant(float64(identity(K).slice(t * K, (t + 1) * K), [1, K, 1]));
    pQp = node('Div', node('Div', node('Add', pQp, growth), scale), scale);
    q = node('Div', node('Add', q, node('Mul', difference, column)), scale);
    next = node('Div', node('Add', next, node('Mul', difference, unit)), scale);
  });
  const kept = node('Where', isActive, next, p);
  const anyActive = body.node('ReduceMax', [body.node('Cast', [isActive], { to: onnxType.int64 })], { keepdims: 0 });
  body.output('go_on', body.node('Cast', [anyActive], { to: onnxType.bool }), 'bool', []);
  body.output('p_next', kept, 'float64', ['N', K, 1]);
  return body.subgraph();
}

function identity(size: number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
}

/** Class probabilities `[N, K]` from the probability of the first of each pair of classes, `[N, K(K−1)/2]` in (0, 1). */
export function coupling(pairs: Value, classes: number): Value {
  if (pairs.width !== (classes * (classes - 1)) / 2) throw new Error(`${pairs.width} pairs of ${classes} classes`);
  return value(couplingOp, null, [pairs], 'float64', classes);
}
