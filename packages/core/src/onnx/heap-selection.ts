import { float64, int64 } from '../tensor/index.ts';
import { GraphBuilder } from './builder.ts';

export interface HeapSelection {
  /** [N, total], in the order in which points are pushed. */
  readonly distances: string;
  /** Which point each of them is; their places when undefined. */
  readonly ids: string | undefined;
  /** [N, 1] float64 zeros. */
  readonly zero: string;
  readonly count: number;
  readonly total: number;
}

/**
 * Pushes points on a heap of `count`, all rows at once: positions of those that stay.
 *
 * Each step of the Loop finds the next point that is nearer than the heap's largest, so there are as many steps as
 * accepted points, not as points.
 */
export function emitHeapSelection(graph: GraphBuilder, { distances, ids, zero, count, total }: HeapSelection): string {
  const size = 2 * count + 1; // children of the last places exist, and are never larger
  const start = Float64Array.from({ length: size }, (_, i) => (i < count ? Infinity : -Infinity));
  const none = graph.node('Cast', [zero], { to: { dtype: 'int64' } });
  const heap = graph.node('Add', [zero, graph.constant(float64(start, [1, size]))]);
  const members = graph.node('Add', [none, graph.constant(int64(new Int32Array(size), [1, size]))]);
  const last = graph.node('Sub', [none, graph.constant(int64([1], [1, 1]))]);
  const body = new GraphBuilder({}, graph);
  body.input('step', 'int64', []);
  body.input('go', 'bool', []);
  const state = {
    heap: body.input('heap', 'float64', ['N', size]),
    members: body.input('members', 'int64', ['N', size]),
    last: body.input('last', 'int64', ['N', 1]),
  };
  const next = emitPush(body, state, { distances, ids, count, total });
  body.output('go_on', next.any, 'bool', []);
  body.output('heap_next', next.heap, 'float64', ['N', size]);
  body.output('members_next', next.members, 'int64', ['N', size]);
  body.output('last_next', next.last, 'int64', ['N', 1]);
  const go = graph.constant({ dtype: 'bool', shape: [], data: Uint8Array.of(1) });
  const [, kept] = graph.nodes(
    'Loop',
    [graph.scalar('int64', total + 1), go, heap, members, last],
    { body: { graph: body.subgraph() } },
    { outputs: 3 },
  );
  const places = graph.constant(int64(Array.from({ length: count }, (_, i) => i)));
  return graph.node('Gather', [kept as string, places], { axis: 1 });
}

interface State {
  readonly heap: string;
  readonly members: string;
  readonly last: string;
}

function emitPush(
  body: GraphBuilder,
  { heap, members, last }: State,
  { distances, ids, count, total }: Omit<HeapSelection, 'zero'>,
) {
  const node = (op: string, ...inputs: string[]): string => body.node(op, inputs);
  const elements = (data: string, at: string): string => body.node('GatherElements', [data, at], { axis: 1 });
  const scatter = (data: string, at: string, updates: string): string =>
    body.node('ScatterElements', [data, at, updates], { axis: 1 });
  const integer = (number: number): string => body.constant(int64([number], [1, 1]));
  const range = body.constant(
    int64(
      Array.from({ length: total }, (_, i) => i),
      [1, total],
    ),
  );
  const largest = body.node('Gather', [heap, body.constant(int64([0]))], { axis: 1 });
  const isCandidate = node('And', node('Greater', range, last), node('Less', distances, largest));
  const mask = body.node('Cast', [isCandidate], { to: { dtype: 'float64' } });
  const at = body.node('ArgMax', [mask], { axis: 1, keepdims: 1 });
  const isFound = node(
    'Greater',
    body.node('ReduceMax', [mask], { axes: [1], keepdims: 1 }),
    body.constant(float64([0.5], [1, 1])),
  );
  const own = elements(distances, at);
  const id = ids === undefined ? at : elements(ids, at);
  let values = heap;
  let kept = members;
  let place = node('Mul', at, integer(0));
  let isSinking: string | undefined;
  for (let level = 1; 2 ** level <= count; level++) {
    const left = node('Add', node('Mul', place, integer(2)), integer(1));
    const right = node('Add', left, integer(1));
    const [ofLeft, ofRight] = [elements(values, left), elements(values, right)];
    const isLeft = node('GreaterOrEqual', ofLeft, ofRight);
    const child = node('Where', isLeft, left, right);
    const value = node('Where', isLeft, ofLeft, ofRight);
    const isLess = node('Less', own, value);
    isSinking = isSinking === undefined ? isLess : node('And', isSinking, isLess);
    const comesUp = node('Where', isSinking, elements(kept, child), elements(kept, place));
    values = scatter(values, place, node('Where', isSinking, value, elements(values, place)));
    kept = scatter(kept, place, comesUp);
    place = node('Where', isSinking, child, place);
  }
  const any = body.node('ReduceMax', [body.node('Cast', [isFound], { to: { dtype: 'int64' } })], { keepdims: 0 });
  // Rows without a further point keep their state: each row by itself could end here.
  return {
    heap: node('Where', isFound, scatter(values, place, own), heap),
    members: node('Where', isFound, scatter(kept, place, id), members),
    last: node('Where', isFound, at, last),
    any: body.node('Cast', [any], { to: { dtype: 'bool' } }),
  };
}
