import type { Graph, Node } from '../../onnx/index.ts';
import type { Scalar } from '../../signature/index.ts';
import { labelsOf } from './sequences.ts';

/**
 * Class labels in the order of the columns: from a map, from the classifier node (the one that `of` comes from, where there
 * are several), or 0 … K-1 for integer labels.
 */
export function classesOf(
  graph: Graph,
  fromMap: readonly Scalar[] | undefined,
  width: number | undefined,
  isText: boolean,
  of?: string,
): readonly Scalar[] | undefined {
  if (fromMap?.length) return fromMap;
  for (const node of of === undefined ? graph.nodes : ancestors(graph, of)) {
    const labels = node.op.endsWith('Classifier') ? labelsOf(node) : undefined;
    const isOneNumberOfTwo = width === 1 && labels?.length === 2;
    const fits = labels && (width === undefined || labels.length === width || isOneNumberOfTwo);
    if (fits && labels.every((label) => (typeof label === 'string') === isText)) return labels;
  }
  const mapped = isText ? encodedLabels(graph, width) : undefined;
  if (mapped) return mapped;
  if (isText || width === undefined) return undefined;
  return Array.from({ length: width === 1 ? 2 : width }, (_, k) => k);
}

/** Text labels that a node looks up by position: the whole of them, in order. */
function encodedLabels(graph: Graph, width: number | undefined): readonly string[] | undefined {
  for (const { op, attributes } of graph.nodes) {
    if (op !== 'LabelEncoder') continue;
    const [keys, values] = [attributes.get('keys_int64s'), attributes.get('values_strings')];
    if (keys?.kind !== 'ints' || values?.kind !== 'strings' || values.value.length !== width) continue;
    if (Array.from(keys.value, Number).every((key, i) => key === i)) return values.value;
  }
  const lists = [...graph.initializers.values()].filter(({ dtype, shape }) => dtype === 'string' && shape.length === 1);
  const fitting = lists.filter(({ data }) => data.length === width);
  const [only] = fitting;
  return only && fitting.length === 1 ? (only.data as readonly string[]) : undefined;
}

/** Nodes that a value comes from, nearest first. */
function ancestors(graph: Graph, name: string): Node[] {
  const wanted = new Set([name]);
  return graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((output) => wanted.has(output))) return false;
    for (const input of node.inputs) wanted.add(input);
    return true;
  });
}
