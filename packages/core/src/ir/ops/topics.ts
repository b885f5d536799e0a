import { GraphBuilder } from '../../onnx/index.ts';
import { float64 } from '../../tensor/index.ts';
import { value, type Op, type Value } from '../value.ts';
import { numbersOf, onnxType } from './numbers.ts';
import { Formula } from './special.ts';

/** What a fitted Dirichlet allocation says of words and of when to stop. */
export interface Topics {
  /** exp(E[log β]), `[topics, words]` row-major. */
  readonly words: Float64Array;
  readonly prior: number;
  readonly mostRounds: number;
  /** Rounds end when the topics of a document change by less than this on average. */
  readonly tolerance: number;
}

const EULER = 0.5772156649015329;
/** How often x + 1 is taken for x > 0 before the series is good enough. */
const SHIFTS = 6;

/** ψ(x) as `_online_lda_fast.psi` computes it (Bernardo's algorithm AS 103): quick rather than exact. */
function psi(given: number): number {
  if (given <= 1e-6) return -EULER - 1 / given;
  let x = given;
  let result = 0;
  for (; x < SHIFTS; x++) result -= 1 / x;
  let r = 1 / x;
  result += Math.log(x) - 0.5 * r;
  r *= r;
  return result - r * (1 / 12 - r * (1 / 120 - r * (1 / 252)));
}

/**
 * Topics of a document by the variational E-step (Hoffman, Blei and Bach, 2010; `_update_doc_distribution`), unnormalised.
 *
 * It stops early, by what changes: each round is taken as the library takes it, from the same start.
 */
const topicsOp: Op<Topics> = {
  id: 'topics',
  evaluate({ words, prior, mostRounds, tolerance }, [x], { width: K }) {
    const counts = numbersOf(x as Float64Array);
    const W = counts.length;
    const ids = Array.from(counts.keys()).filter((id) => counts[id] !== 0);
    let document = new Float64Array(K).fill(1);
    let expected = new Float64Array(K).fill(Math.exp(psi(1) - psi(K)));
    for (let round = 0; round < mostRounds; round++) {
      const sums = new Float64Array(K);
      for (const id of ids) {
        let norm = 0;
        for (let k = 0; k < K; k++) norm += (expected[k] as number) * (words[k * W + id] as number);
        const share = (counts[id] as number) / (norm + Number.EPSILON);
        for (let k = 0; k < K; k++) sums[k] = (sums[k] as number) + share * (words[k * W + id] as number);
      }
      const next = sums.map((sum, k) => (expected[k] as number) * sum + prior);
      const all = psi(next.reduce((total, own) => total + own, 0));
      expected = next.map((own) => Math.exp(psi(own) - all));
      const change = next.reduce((total, own, k) => total + Math.abs((document[k] as number) - own), 0) / K;
      document = next;
      if (change < tolerance) break;
    }
    return document;
  },
  emit(graph, params, [x], { width: K }) {
    const zero = graph.node('Mul', [
      graph.node('ReduceSum', [x as string, graph.constant(axis(1))], { keepdims: 1 }),
      graph.constant(float64([0], [1, 1])),
    ]);
    const start = (values: ArrayLike<number>): string =>
      graph.node('Add', [zero, graph.constant(float64(Float64Array.from(values), [1, values.length]))]);
    const initial = [
      start(new Float64Array(K).fill(1)),
      start(new Float64Array(K).fill(Math.exp(psi(1) - psi(K)))),
      start([Infinity]),
    ];
    const go = graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) });
    const most = graph.scalar('int64', params.mostRounds);
    const body = emitRound(graph, x as string, params, K);
    const [document = ''] = graph.nodes('Loop', [most, go, ...initial], { body: { graph: body } }, { outputs: 3 });
    return document;
  },
};

const axis = (at: number) => ({ dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(at)) }) as const;

/** One round for all rows at once; those that have stopped keep their states. */
function emitRound(graph: GraphBuilder, x: string, { words, prior, tolerance }: Topics, K: number) {
  const W = words.length / K;
  const turned = new Float64Array(words.length);
  for (let k = 0; k < K; k++) for (let id = 0; id < W; id++) turned[id * K + k] = words[k * W + id] as number;
  const byTopic = graph.constant(float64(words, [K, W]));
  const byWord = graph.constant(float64(turned, [W, K]));
  const body = new GraphBuilder({}, graph);
  const f = new Formula(body);
  body.input('round', 'int64', []);
  body.input('go', 'bool', []);
  const document = body.input('document', 'float64', ['N', K]);
  const expected = body.input('expected', 'float64', ['N', K]);
  const change = body.input('change', 'float64', ['N', 1]);
  const isActive = f.node('Not', f.node('Less', change, tolerance));
  const norm = f.node('Add', body.node('MatMul', [expected, byTopic]), Number.EPSILON);
  const sums = body.node('MatMul', [f.node('Div', x, norm), byWord]);
  const next = f.node('Add', f.node('Mul', expected, sums), prior);
  const total = body.node('ReduceSum', [next, body.constant(axis(1))], { keepdims: 1 });
  const nextExpected = f.node('Exp', f.node('Sub', emitPsi(f, next), emitPsi(f, total)));
  const changed = body.node('ReduceMean', [f.node('Abs', f.node('Sub', document, next))], { axes: [1], keepdims: 1 });
  const anyActive = body.node('ReduceMax', [body.node('Cast', [isActive], { to: onnxType.int64 })], { keepdims: 0 });
  body.output('go_on', body.node('Cast', [anyActive], { to: onnxType.bool }), 'bool', []);
  body.output('document_next', f.node('Where', isActive, next, document), 'float64', ['N', K]);
  body.output('expected_next', f.node('Where', isActive, nextExpected, expected), 'float64', ['N', K]);
  body.output('change_next', f.node('Where', isActive, changed, change), 'float64', ['N', 1]);
  return body.subgraph();
}

function emitPsi(f: Formula, given: string): string {
  let x = given;
  let result = f.node('Mul', given, 0);
  for (let shift = 0; shift < SHIFTS; shift++) {
    const isLow = f.node('Less', x, SHIFTS);
    result = f.where(isLow, f.node('Sub', result, f.node('Div', 1, x)), result);
    x = f.where(isLow, f.node('Add', x, 1), x);
  }
  const r = f.node('Div', 1, x);
  const square = f.node('Mul', r, r);
  const tail = f.node('Sub', 1 / 12, f.node('Mul', square, f.node('Sub', 1 / 120, f.node('Mul', square, 1 / 252))));
  const head = f.node('Add', result, f.node('Sub', f.node('Log', x), f.node('Mul', r, 0.5)));
  const series = f.node('Sub', head, f.node('Mul', square, tail));
  const tiny = f.node('Sub', -EULER, f.node('Div', 1, given));
  return f.where(f.node('LessOrEqual', given, 1e-6), tiny, series);
}

/** Unnormalised topics `[N, topics]` of counts of words `[N, words]`. */
export function topics(counts: Value, params: Topics): Value {
  const K = params.words.length / counts.width;
  if (!Number.isInteger(K) || K < 1) throw new Error(`${params.words.length} numbers for ${counts.width} words`);
  return value(topicsOp, params, [counts], 'float64', K);
}
