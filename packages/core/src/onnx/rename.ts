import type { Attribute, Graph, Node, ValueInfo } from './model.ts';

/** The graph with its values renamed, in subgraphs too; values without an entry in `names` keep theirs. */
export function renamed(graph: Graph, names: ReadonlyMap<string, string>): Graph {
  const nameOf = (value: string) => names.get(value) ?? value;
  const info = (value: ValueInfo): ValueInfo => ({ ...value, name: nameOf(value.name) });
  return {
    name: graph.name,
    nodes: graph.nodes.map((node): Node => ({
      ...node,
      inputs: node.inputs.map(nameOf),
      outputs: node.outputs.map(nameOf),
      attributes: withGraphs(node.attributes, names),
    })),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [nameOf(name), tensor])),
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
  };
}

function withGraphs(attributes: Node['attributes'], names: ReadonlyMap<string, string>): Node['attributes'] {
  if (![...attributes.values()].some(({ kind }) => kind === 'graph')) return attributes;
  return new Map(
    [...attributes].map(([key, found]): [string, Attribute] => [
      key,
      found.kind === 'graph' ? { kind: 'graph', value: renamed(found.value, names) } : found,
    ]),
  );
}
