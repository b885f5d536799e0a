import {
  inferShapes,
  tensorInfo,
  type Attribute,
  type Node,
  type OnnxModel,
  type ValueInfo,
} from '../../onnx/index.ts';
import type { Outputs, Scalar, Task } from '../../signature/index.ts';

/** What a graph answers, and the graph with maps (ZipMap) turned back into tensors. */
export interface GraphAnswers {
  readonly graph: OnnxModel;
  readonly task: Task;
  readonly outputs: Outputs;
  readonly classes?: readonly Scalar[];
}

/**
 * A label and a matrix of probabilities is a classifier, a single number a row is a regression; any other graph answers
 * its outputs by name.
 */
export function answersOf(model: OnnxModel): GraphAnswers {
  const { graph, zipped } = withoutMaps(model);
  const { outputs } = graph.graph;
  const types = inferShapes(graph);
  const shapeOf = (info: ValueInfo) => types.get(info.name)?.shape ?? (info.shape.length ? info.shape : null);
  const methods = Object.fromEntries(outputs.map(({ name }) => [name, name]));
  const label = outputs.find(
    (info) => (info.dtype === 'string' || info.dtype === 'int64') && (shapeOf(info)?.length ?? 1) === 1,
  );
  const matrix = outputs.find((info) => info !== label && info.dtype.startsWith('float'));
  const width = matrix ? shapeOf(matrix)?.at(-1) : undefined;
  if (label && matrix && outputs.length === 2) {
    const classes = classesOf(graph, zipped, typeof width === 'number' ? width : undefined, label.dtype === 'string');
    if (classes) {
      const isProbability = /prob/i.test(matrix.name) || zipped.size > 0;
      return {
        graph,
        task: 'classification',
        classes,
        outputs: {
          label: label.name,
          labelIs: 'value',
          [isProbability ? 'probabilities' : 'scores']: matrix.name,
          methods,
        },
      };
    }
  }
  const [only] = outputs;
  if (only && outputs.length === 1 && only.dtype.startsWith('float') && isTabular(graph)) {
    const shape = shapeOf(only);
    if (shape && (shape.length === 1 || (shape.length === 2 && shape[1] === 1))) {
      return { graph, task: 'regression', outputs: { value: only.name, methods } };
    }
  }
  return { graph, task: 'graph', outputs: { all: outputs.map(({ name }) => name), methods } };
}

function isTabular(model: OnnxModel): boolean {
  return model.graph.inputs.every(({ shape }) => shape.length === 2);
}

/** Takes ZipMap nodes away: the matrix that they zip becomes the output, under the same name. */
function withoutMaps(model: OnnxModel): { graph: OnnxModel; zipped: Map<string, readonly Scalar[]> } {
  const zipped = new Map<string, readonly Scalar[]>();
  const replaced = new Map<string, string>();
  const nodes: Node[] = [];
  for (const node of model.graph.nodes) {
    const [output] = node.outputs;
    if (node.op !== 'ZipMap' || !output || !model.graph.outputs.some(({ name }) => name === output)) {
      nodes.push(node);
      continue;
    }
    zipped.set(output, labelsOf(node) ?? []);
    replaced.set(output, node.inputs[0] as string);
    nodes.push({ ...node, op: 'Identity', domain: '', attributes: new Map() });
  }
  if (!zipped.size) return { graph: model, zipped };
  const outputs = model.graph.outputs.map((info) => {
    const classes = zipped.get(info.name);
    return classes ? tensorInfo(info.name, 'float32', ['N', classes.length]) : info;
  });
  const opsets = model.opsets.some(({ domain }) => domain === '')
    ? model.opsets
    : [{ domain: '', version: 13 }, ...model.opsets];
  return { graph: { ...model, opsets, graph: { ...model.graph, nodes, outputs } }, zipped };
}

/** Labels from the map, from a classifier node, or 0 … K-1 for integer labels. */
function classesOf(
  model: OnnxModel,
  zipped: ReadonlyMap<string, readonly Scalar[]>,
  width: number | undefined,
  isText: boolean,
): readonly Scalar[] | undefined {
  const [fromMap] = zipped.values();
  if (fromMap?.length) return fromMap;
  for (const node of model.graph.nodes) {
    const labels = node.op.endsWith('Classifier') ? labelsOf(node) : undefined;
    if (labels?.length && (width === undefined || labels.length === width)) return labels;
  }
  return isText || width === undefined ? undefined : Array.from({ length: width }, (_, k) => k);
}

function labelsOf({ attributes }: Node): readonly Scalar[] | undefined {
  for (const name of ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints']) {
    const found: Attribute | undefined = attributes.get(name);
    if (found?.kind === 'strings' && found.value.length) return found.value;
    if (found?.kind === 'ints' && found.value.length) return Array.from(found.value, Number);
  }
  return undefined;
}
