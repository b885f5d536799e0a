import { producerOf } from './rewriter.ts';
import type { Graph, ValueInfo } from '../../onnx/index.ts';

/**
 * skl2onnx with zipmap="columns" gives each column of the probabilities as an output of its own: slices of one matrix, in
 * order. The matrix; undefined when the outputs are anything else.
 */
export function columnsOfOne(
  graph: Graph,
  outputs: readonly ValueInfo[],
): { matrix: string; width: number } | undefined {
  let matrix: string | undefined;
  for (const [at, { name }] of outputs.entries()) {
    const reshape = producerOf(graph, name);
    const slice = reshape?.op === 'Reshape' ? producerOf(graph, reshape.inputs[0] as string) : undefined;
    if (slice?.op !== 'Slice' || slice.domain !== '') return undefined;
    const [from, starts, ends, axes] = slice.inputs;
    const one = (input: string | undefined) => {
      const data = graph.initializers.get(input ?? '')?.data;
      return data?.length === 1 ? Number(data[0]) : undefined;
    };
    if (one(starts) !== at || one(ends) !== at + 1 || one(axes) !== 1 || (matrix !== undefined && from !== matrix))
      return undefined;
    matrix = from;
  }
  return matrix === undefined ? undefined : { matrix, width: outputs.length };
}
