import type { Graph, Node } from '../onnx/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { bodiesOf } from './row-node.ts';
import type { FusedForest } from './trees/fuse.ts';

/** One node to write code for, or a part of the graph that is written as one. */
export interface Step {
  readonly node: Node;
  readonly forest?: FusedForest;
  /** It is done for all rows of a block at once, after the loop over them. */
  readonly isAfterRows: boolean;
  /** Inputs that code is needed for; others are known shapes, axes and counts. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Loop over rows in which the block form does it: what is done after the rows ends one. */
  readonly stage: number;
  /** Graphs inside the node, by the name of their attribute. */
  readonly bodies: ReadonlyMap<string, Body>;
}

/** A branch, or what a loop repeats. */
export interface Body {
  readonly inputs: readonly string[];
  readonly steps: readonly Step[];
  readonly outputs: readonly string[];
}

/** Inputs that only say how: they must be known while code is generated. */
const parameters: Readonly<Record<string, readonly number[]>> = {
  Reshape: [1],
  Expand: [1],
  Tile: [1],
  Slice: [1, 2, 3, 4],
  Squeeze: [1],
  Unsqueeze: [1],
  Split: [1],
  ReduceSum: [1],
  ReduceMean: [1],
  ReduceMax: [1],
  ReduceMin: [1],
  ReduceProd: [1],
  ReduceSumSquare: [1],
  ReduceL1: [1],
  ReduceL2: [1],
  ReduceLogSum: [1],
  ReduceLogSumExp: [1],
  TopK: [1],
  CumSum: [1],
  Pad: [1],
  Trilu: [1],
  Range: [0, 1, 2],
  ConstantOfShape: [0],
  Shape: [0],
  Size: [0],
  CastLike: [1],
};

/** The nodes that outputs need, in an order in which the loops over rows are as few as possible. */
export function stepsOf(
  graph: Graph,
  forests: readonly FusedForest[],
  constants: ReadonlyMap<string, Tensor>,
  isAfterRows: (node: Node) => boolean,
): Step[] {
  const fused = new Map(forests.flatMap((forest) => [...forest.nodes].map((node) => [node, forest] as const)));
  const all = graph.nodes.flatMap((node): Unstaged[] => {
    const forest = fused.get(node);
    if (!forest) return [{ ...plainStep(node), isAfterRows: isAfterRows(node) }];
    const isLast = node.outputs[0] === forest.output;
    return isLast
      ? [{ ...plainStep(node), forest, isAfterRows: true, reads: [forest.input], writes: [forest.output] }]
      : [];
  });
  const needed = new Set(graph.outputs.map(({ name }) => name));
  const kept = all
    .toReversed()
    .filter(({ reads, writes }) => {
      if (!writes.some((name) => needed.has(name))) return false;
      for (const name of reads) needed.add(name);
      return true;
    })
    .toReversed();
  const ready = new Map<string, number>();
  const staged = kept.map((step): Step => {
    const stage = Math.max(0, ...step.reads.map((name) => (constants.has(name) ? 0 : (ready.get(name) ?? 0))));
    for (const name of step.writes) ready.set(name, step.isAfterRows ? stage + 1 : stage);
    return { ...step, stage, bodies: inside(step.node, stage) };
  });
  return staged.toSorted((a, b) => a.stage - b.stage);
}

type Unstaged = Omit<Step, 'stage' | 'bodies'>;

function plainStep(node: Node): Unstaged {
  return { node, isAfterRows: false, reads: dataInputs(node), writes: node.outputs.filter((name) => name !== '') };
}

function inside(node: Node, stage: number): ReadonlyMap<string, Body> {
  return new Map(
    [...bodiesOf(node)].map(([key, { nodes, inputs, outputs }]): [string, Body] => [
      key,
      {
        inputs: inputs.map(({ name }) => name),
        steps: nodes.map((one): Step => ({ ...plainStep(one), stage, bodies: inside(one, stage) })),
        outputs: outputs.map(({ name }) => name),
      },
    ]),
  );
}

/** Inputs of a node whose elements code must read; the others are known while it is generated. */
export function dataInputs({ op, domain, inputs }: Node): string[] {
  const known = domain === '' && Object.hasOwn(parameters, op) ? parameters[op] : [];
  return inputs.filter((name, i) => name !== '' && !known?.includes(i));
}
