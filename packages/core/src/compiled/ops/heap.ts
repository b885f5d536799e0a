import { emitHeapSelection, GraphBuilder, type Graph, type Node } from '../../onnx/index.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { byRow } from '../by-row.ts';
import { bodiesOf, rowDomain } from '../row-node.ts';
import { plainArray, type NodeContext } from '../context.ts';
import { print } from '../position.ts';
import { store, type Value } from '../value.ts';

/** The values of a graph that one writes for `emitHeapSelection`. */
interface HeapInputs {
  readonly distances: string;
  readonly ids: string | undefined;
}

/**
 * Pushes points on a heap, one after the other, where a Loop does just that: its body is compared with what the search
 * for neighbours is emitted as. `states` hold the heap, its members and the last point that was pushed, as they begin.
 */
export function writeHeapSelection(context: NodeContext, states: readonly Value[]): boolean {
  const { code, node } = context;
  const total = Number(node.attributes.get('most')?.value) - 1;
  // Nothing is made for a comparison that a file merely claims to need.
  if (!context.inputs.some((value) => value?.shape[1] === total)) return false;
  const found = heapInputs(node, (name) => context.tensor(name), states, total);
  if (!found) return false;
  const arrayOf = (name: string): [string, string] => {
    const value = store(code, context.inputs[node.inputs.indexOf(name)] as Value);
    return value.array ? [value.array.name, print(value.array.start)] : [plainArray(code, value), '0'];
  };
  const [from, start] = arrayOf(found.distances);
  const [ids, idStart] = found.ids === undefined ? ['undefined', '0'] : arrayOf(found.ids);
  const arrays = states.map(({ array }) => array?.name);
  code.line(
    `${code.program.use('selectByHeap')}(${from}, ${start}, ${ids}, ${idStart}, ${total}, ${arrays.join(', ')});`,
  );
  return true;
}

function heapInputs(
  node: Node,
  tensorOf: (name: string) => Tensor | undefined,
  states: readonly Value[],
  total: number,
): HeapInputs | undefined {
  const own = bodiesOf(node).get('body');
  const size = states[0]?.shape[1] ?? 0;
  const count = (size - 1) / 2;
  if (!own || states.length !== 3 || !(count >= 1 && count <= total) || size % 2 === 0) return undefined;
  for (const hasIds of [false, true]) {
    const graph = new GraphBuilder();
    const given = (name: string, dtype: 'float64' | 'int64', width: number) => graph.input(name, dtype, ['N', width]);
    const distances = given('distances', 'float64', total);
    const ids = hasIds ? given('ids', 'int64', total) : undefined;
    const zero = given('zero', 'float64', 1);
    const selection = { distances, ids, zero, count, total };
    graph.output('members', emitHeapSelection(graph, selection), 'int64', ['N', count]);
    const model = byRow(graph.build()).graph;
    const emitted = model.nodes.find(({ domain }) => domain === rowDomain);
    const body = emitted && bodiesOf(emitted).get('body');
    const names = body && matched(body, own, (name) => model.initializers.get(name), tensorOf);
    const name = names?.get('distances');
    if (name !== undefined) return { distances: name, ids: names?.get('ids') };
  }
  return undefined;
}

/** Names in one graph by those in another that is the same; undefined: it is not. */
function matched(
  expected: Graph,
  own: Graph,
  constantOf: (name: string) => Tensor | undefined,
  tensorOf: (name: string) => Tensor | undefined,
): ReadonlyMap<string, string> | undefined {
  const names = new Map<string, string>();
  const isSame = (name: string, other: string): boolean => {
    if (!names.has(name)) {
      const constant = constantOf(name);
      if (constant && !isEqual(constant, tensorOf(other))) return false;
      names.set(name, other);
    }
    return names.get(name) === other;
  };
  const areSame = (list: readonly string[], others: readonly string[]) =>
    list.length === others.length && list.every((name, i) => isSame(name, others[i] as string));
  const listed = (values: Graph['inputs']) => values.map(({ name }) => name);
  const isMatch =
    areSame(listed(expected.inputs), listed(own.inputs)) &&
    expected.nodes.length === own.nodes.length &&
    expected.nodes.every((node, i) => {
      const other = own.nodes[i] as Node;
      const isAlike =
        node.op === other.op && node.domain === other.domain && areAlike(node.attributes, other.attributes);
      return isAlike && areSame(node.inputs, other.inputs) && areSame(node.outputs, other.outputs);
    }) &&
    areSame(listed(expected.outputs), listed(own.outputs));
  return isMatch ? names : undefined;
}

/** Attributes of the loop's body: integers and lists of them. */
function areAlike(a: Node['attributes'], b: Node['attributes']): boolean {
  const text = ({ kind, value }: { kind: string; value: unknown }) =>
    kind === 'int' || kind === 'ints' ? `${kind} ${String(value)}` : undefined;
  return (
    a.size === b.size &&
    [...a].every(([name, attribute]) => {
      const other = b.get(name);
      return other !== undefined && text(attribute) !== undefined && text(attribute) === text(other);
    })
  );
}

function isEqual(a: Tensor, b: Tensor | undefined): boolean {
  if (!b || a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  for (let i = 0; i < sizeOf(a.shape); i++) if (!Object.is(a.data[i], b.data[i])) return false;
  return true;
}
