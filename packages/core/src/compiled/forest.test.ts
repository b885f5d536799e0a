import { expect, test, vi } from 'vitest';
import { runOrt } from '../../../../test/ort.ts';
import { GraphBuilder, type OnnxModel } from '../onnx/index.ts';
import { float32, float64, int64, type Tensor } from '../tensor/index.ts';
import { compile } from './index.ts';
import { below } from './trees/forest.ts';

const features = 4;

interface Shape {
  readonly name: string;
  readonly trees: number;
  readonly depth: number;
  /** Columns of a leaf. */
  readonly width?: number;
  /** Classes that trees take turns in. */
  readonly turns?: number;
  readonly mode?: 'BRANCH_LEQ' | 'BRANCH_LT' | 'BRANCH_GTE' | 'BRANCH_GT';
  readonly missing?: 'never' | 'always' | 'mixed';
  readonly dtype?: 'float32' | 'float64';
  /** Sums are left out: each tree has columns of its own. */
  readonly isOpen?: boolean;
}

const shapes: readonly Shape[] = [
  { name: 'one leaf', trees: 1, depth: 0 },
  { name: 'boosting', trees: 30, depth: 3 },
  { name: 'deep trees', trees: 5, depth: 9 },
  { name: 'trees of 16 leaves', trees: 20, depth: 4 },
  { name: 'trees of 32 leaves', trees: 20, depth: 5 },
  { name: 'trees of 64 leaves', trees: 20, depth: 6 },
  { name: 'classes in leaves', trees: 20, depth: 4, width: 3 },
  { name: 'many classes in leaves', trees: 10, depth: 4, width: 11 },
  { name: 'classes in turns', trees: 30, depth: 3, turns: 3 },
  { name: 'NaN where the comparison holds', trees: 20, depth: 3, missing: 'always' },
  { name: 'NaN as each node says', trees: 20, depth: 3, missing: 'mixed' },
  { name: 'less than', trees: 20, depth: 3, mode: 'BRANCH_LT', missing: 'mixed' },
  { name: 'greater or equal', trees: 20, depth: 3, mode: 'BRANCH_GTE', missing: 'mixed' },
  { name: 'greater', trees: 20, depth: 3, mode: 'BRANCH_GT', missing: 'mixed' },
  { name: 'float32 sums', trees: 50, depth: 3, dtype: 'float32', mode: 'BRANCH_LT' },
  { name: 'no sum', trees: 5, depth: 3, width: 2, isOpen: true },
];

test.for(shapes)('forest with $name: bit-equal to adding tree by tree', async (shape) => {
  const { model, leaves, thresholds } = forest(shape);
  const x = adversarial(thresholds);
  const rows = x.shape[0] as number;
  const compiled = compile(model);
  const batch = compiled.run({ x })['y'] as Tensor;
  const sums = Array.from({ length: rows }, (_, row) =>
    leaves((x.data as Float64Array).subarray(row * features, (row + 1) * features)),
  );
  expect(Array.from(batch.data as Float64Array)).toEqual(sums.flat());
  for (let row = 0; row < rows; row++) {
    compiled.numbers.set((x.data as Float64Array).subarray(row * features, (row + 1) * features));
    compiled.runRow();
    expect(Array.from(compiled.rowOutputs['y'] as Float64Array)).toEqual(sums[row]);
  }
  const reference = (await runOrt(model, { x }))['y'] as Tensor;
  expect(reference.shape).toEqual(batch.shape);
  const tolerance = shape.dtype === 'float32' ? 1e-6 : 1e-14;
  (reference.data as Float64Array).forEach((value, i) => {
    expect(Math.abs(value - (batch.data[i] as number))).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(value)));
  });
});

test.for(shapes)('forest with $name: the same without WebAssembly', (shape) => {
  const { model, thresholds } = forest(shape);
  const x = adversarial(thresholds);
  const { y: fast } = compile(model).run({ x }) as { y: Tensor };
  vi.stubGlobal('WebAssembly', undefined);
  try {
    const plain = compile(model);
    expect(plain.run({ x })['y']).toEqual(fast);
    plain.numbers.set((x.data as Float64Array).subarray(0, features));
    plain.runRow();
    const columns = plain.outputs[0]?.size;
    expect(plain.rowOutputs['y']).toEqual(Float64Array.from((fast.data as Float64Array).subarray(0, columns)));
  } finally {
    vi.unstubAllGlobals();
  }
});

test.for([0, 1, 511, 512, 513, 1500])('a forest answers %i rows as one by one', (rows) => {
  const { model, leaves } = forest({ name: '', trees: 10, depth: 3 });
  const random = generator(3);
  const x = float64(Float64Array.from({ length: rows * features }, random), [rows, features]);
  const { data, shape } = compile(model).run({ x })['y'] as Tensor;
  expect(shape).toEqual([rows, 1]);
  expect(Array.from(data as Float64Array)).toEqual(
    Array.from({ length: rows }, (_, row) =>
      leaves((x.data as Float64Array).subarray(row * features, (row + 1) * features)),
    ).flat(),
  );
});

interface Node {
  readonly feature: number;
  readonly threshold: number;
  readonly tracksTrue: boolean;
  readonly yes: Node | readonly number[];
  readonly no: Node | readonly number[];
}

/** Random trees as a graph in the leaf-index encoding, and as a plain function that walks and adds. */
function forest({
  trees,
  depth,
  width = 1,
  turns = 1,
  mode = 'BRANCH_LEQ',
  missing = 'never',
  dtype = 'float64',
  isOpen = false,
}: Shape) {
  const random = generator(11);
  const round = dtype === 'float32' ? Math.fround : (value: number) => value;
  const thresholds = Array.from({ length: 12 }, () => round(random()));
  const grow = (left: number): Node | readonly number[] => {
    if (left === 0 || (left < depth && random() < 0.15))
      return Array.from({ length: width }, () => round(random() - 0.5));
    return {
      feature: Math.floor(random() * features),
      threshold: thresholds[Math.floor(random() * thresholds.length)] as number,
      tracksTrue: missing === 'always' || (missing === 'mixed' && random() < 0.5),
      yes: grow(left - 1),
      no: grow(left - 1),
    };
  };
  const roots = Array.from({ length: trees }, () => grow(depth));
  const holds = {
    BRANCH_LEQ: (x: number, t: number) => x <= t,
    BRANCH_LT: (x: number, t: number) => x < t,
    BRANCH_GTE: (x: number, t: number) => x >= t,
    BRANCH_GT: (x: number, t: number) => x > t,
  }[mode];
  const leafOf = (node: Node | readonly number[], row: Float64Array): readonly number[] => {
    if (!('feature' in node)) return node;
    const value = row[node.feature] as number;
    return leafOf(holds(value, node.threshold) || (Number.isNaN(value) && node.tracksTrue) ? node.yes : node.no, row);
  };
  const columns = isOpen ? trees * width : turns > 1 ? turns : width;
  const leaves = (row: Float64Array): number[] => {
    const sums = Array.from({ length: columns }, () => 0);
    roots.forEach((root, tree) => {
      leafOf(root, row).forEach((value, k) => {
        const column = isOpen ? tree * width + k : turns > 1 ? tree % turns : k;
        sums[column] = round((sums[column] as number) + value);
      });
    });
    return sums;
  };
  return { model: graphOf(roots, mode, { width, columns, turns, dtype, isOpen }), leaves, thresholds };
}

function graphOf(
  roots: readonly (Node | readonly number[])[],
  mode: string,
  {
    width,
    columns,
    turns,
    dtype,
    isOpen,
  }: { width: number; columns: number; turns: number; dtype: 'float32' | 'float64'; isOpen: boolean },
): OnnxModel {
  const nodes = {
    tree: [] as number[],
    id: [] as number[],
    feature: [] as number[],
    mode: [] as string[],
    yes: [] as number[],
    no: [] as number[],
    missing: [] as number[],
    value: [] as number[],
  };
  const targets = { tree: [] as number[], node: [] as number[], weight: [] as number[] };
  const table: number[] = [];
  const starts: number[] = [];
  roots.forEach((root, tree) => {
    const start = table.length / width;
    starts.push(start);
    let next = 0;
    const add = (node: Node | readonly number[]): number => {
      const id = next++;
      const at = nodes.tree.push(tree) - 1;
      nodes.id.push(id);
      const isLeaf = !('feature' in node);
      nodes.feature.push(isLeaf ? 0 : node.feature);
      nodes.mode.push(isLeaf ? 'LEAF' : mode);
      nodes.missing.push(!isLeaf && node.tracksTrue ? 1 : 0);
      nodes.value.push(isLeaf ? 0 : node.threshold);
      nodes.yes.push(0);
      nodes.no.push(0);
      if (isLeaf) {
        targets.tree.push(tree);
        targets.node.push(id);
        targets.weight.push(table.length / width - start);
        table.push(...node);
      } else {
        nodes.no[at] = add(node.no);
        nodes.yes[at] = add(node.yes);
      }
      return id;
    };
    add(root);
  });
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', features]);
  const ordinals = graph.node(
    'TreeEnsembleRegressor',
    [x],
    {
      n_targets: roots.length,
      nodes_treeids: nodes.tree,
      nodes_nodeids: nodes.id,
      nodes_featureids: nodes.feature,
      nodes_modes: nodes.mode,
      nodes_values_as_tensor: float64(nodes.value),
      nodes_truenodeids: nodes.yes,
      nodes_falsenodeids: nodes.no,
      nodes_missing_value_tracks_true: nodes.missing,
      target_treeids: targets.tree,
      target_nodeids: targets.node,
      target_ids: targets.tree,
      target_weights_as_tensor: float64(targets.weight),
    },
    { domain: 'ai.onnx.ml' },
  );
  const places = graph.node('Add', [
    graph.node('Cast', [ordinals], { to: { dtype: 'int64' } }),
    graph.constant(int64(starts, [1, starts.length])),
  ]);
  const leafShape = [table.length / width, width];
  const leafTable = dtype === 'float32' ? float32(table, leafShape) : float64(table, leafShape);
  const values = graph.node('Gather', [graph.constant(leafTable), places], { axis: 0 });
  if (isOpen) {
    graph.output('y', graph.node('Reshape', [values, graph.constant(int64([-1, columns]))]), dtype, ['N', columns]);
    return graph.build();
  }
  const grouped = turns > 1 ? graph.node('Reshape', [values, graph.constant(int64([0, -1, turns]))]) : values;
  const sum = graph.node('ReduceSum', [grouped, graph.constant(int64([1]))], { keepdims: 0 });
  graph.output('y', sum, dtype, ['N', columns]);
  return graph.build();
}

/** Rows on every threshold, just below and just above it, and with every special number. */
function adversarial(thresholds: readonly number[]): Tensor {
  const values = [...thresholds.flatMap((t) => [t, below(t), -below(-t)]), NaN, Infinity, -Infinity, 0, -0, -1, 2];
  const random = generator(5);
  const rows = 300;
  const pick = () => values[Math.floor(random() * values.length)] as number;
  return float64(Float64Array.from({ length: rows * features }, pick), [rows, features]);
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
