import type { Graph } from '@slipway/core/onnx';

/** Bytes of a node of a tree in ONNX Runtime, which keeps it as attributes and as a node of its own (measured: 400 to 490). */
const NATIVE_NODE_BYTES = 420;

/**
 * Bytes that a graph takes in ONNX Runtime, by what was measured: matrices twice (as they came, and packed for its kernels),
 * trees by their nodes.
 */
export function nativeBytes(graph: Graph, onnxBytes: number): number {
  return 2 * onnxBytes + NATIVE_NODE_BYTES * treeNodes(graph);
}

/** Nodes of all trees of a graph, also of those in branches and loops. */
function treeNodes({ nodes }: Graph): number {
  let count = 0;
  for (const { attributes } of nodes) {
    const ids = attributes.get('nodes_nodeids');
    if (ids?.kind === 'ints') count += ids.value.length;
    for (const attribute of attributes.values()) if (attribute.kind === 'graph') count += treeNodes(attribute.value);
  }
  return count;
}
