import { tensorInfo, type Attribute, type Graph, type Node } from '../onnx/index.ts';

/**
 * Domain of branches and loops as one row goes through them. `If` has the inputs [flag, …values from around it],
 * `Loop` [states…, …values from around it], the outputs of its body are [goes on, next states…].
 */
export const rowDomain = 'row';

/** The graph with everything inside branches and loops beside them: what shapes follow from. */
export function flattened(graph: Graph): Graph {
  return { ...graph, nodes: graph.nodes.flatMap(flatNodes) };
}

/** Graphs inside a node of `rowDomain`, by name. */
export function bodiesOf({ domain, attributes }: Node): ReadonlyMap<string, Graph> {
  if (domain !== rowDomain) return none;
  return new Map([...attributes].flatMap(([name, { kind, value }]) => (kind === 'graph' ? [[name, value]] : [])));
}

const none: ReadonlyMap<string, Graph> = new Map();

function flatNodes(node: Node): Node[] {
  const same = (from: string, to: string): Node => ({
    op: 'Identity',
    domain: '',
    name: '',
    attributes: new Map(),
    inputs: [from],
    outputs: [to],
  });
  const bodies = bodiesOf(node);
  const all = [...bodies.values()];
  if (all.length === 0) return [node];
  const nodes = all.flatMap((body) => [
    ...body.inputs.map(({ name }, i) => same(node.inputs[i] as string, name)),
    ...body.nodes.flatMap(flatNodes),
  ]);
  const [first] = all as [Graph];
  const skipped = first.outputs.length - node.outputs.length;
  return [...nodes, ...node.outputs.map((name, i) => same(first.outputs[i + skipped]?.name as string, name))];
}

/** A node of `rowDomain`, with the values that its bodies read from around them. */
export function rowNode(
  { op, name, outputs }: Node,
  inputs: readonly string[],
  bodies: Readonly<Record<string, Graph>>,
  most = 1,
): Node {
  const captured = Object.values(bodies).flatMap((body) => {
    const states = new Set(body.inputs.map((input) => input.name));
    return outside(
      body.nodes,
      body.nodes,
      body.outputs.map((output) => output.name),
    ).filter((one) => !states.has(one));
  });
  const graphs = Object.entries(bodies).map(([key, value]): [string, Attribute] => [key, { kind: 'graph', value }]);
  return {
    op,
    domain: rowDomain,
    name,
    outputs,
    inputs: [...new Set([...inputs, ...captured])],
    attributes: new Map([...graphs, ['most', { kind: 'int', value: most }]]),
  };
}

/** The part of some nodes that results need. */
export function bodyOf(nodes: readonly Node[], results: readonly string[], states: readonly string[]): Graph {
  const needed = new Set(results);
  const kept = nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((name) => needed.has(name))) return false;
      for (const name of node.inputs) needed.add(name);
      return true;
    })
    .toReversed();
  const info = (name: string) => tensorInfo(name, 'float64', []);
  return { name: '', nodes: kept, initializers: new Map(), inputs: states.map(info), outputs: results.map(info) };
}

/** Names that nodes read, and others, which none of `all` computes. */
export function outside(nodes: readonly Node[], all: readonly Node[], others: readonly string[] = []): string[] {
  const made = new Set(all.flatMap(({ outputs }) => outputs));
  return [...nodes.flatMap(({ inputs }) => inputs), ...others].filter((name) => name !== '' && !made.has(name));
}
