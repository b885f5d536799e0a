import { expect, test } from 'vitest';
import { float64, int64 } from '../tensor/index.ts';
import { GraphBuilder, checkModel, inferShapes, type AttributeValue, type OnnxModel } from './index.ts';

/** Two trees of three nodes over two features; `change` breaks them. */
function trees(change: Record<string, AttributeValue> = {}): OnnxModel {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 2]);
  const attributes = {
    n_targets: 2,
    nodes_treeids: [0, 0, 0, 1, 1, 1],
    nodes_nodeids: [0, 1, 2, 0, 1, 2],
    nodes_featureids: [0, 0, 0, 1, 0, 0],
    nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LT', 'LEAF', 'LEAF'],
    nodes_values_as_tensor: float64([0.5, 0, 0, 1.5, 0, 0]),
    nodes_truenodeids: [1, 0, 0, 1, 0, 0],
    nodes_falsenodeids: [2, 0, 0, 2, 0, 0],
    target_treeids: [0, 0, 1, 1],
    target_nodeids: [1, 2, 1, 2],
    target_ids: [0, 0, 1, 1],
    target_weights_as_tensor: float64([0, 1, 0, 1]),
    ...change,
  };
  graph.output('y', graph.node('TreeEnsembleRegressor', [x], attributes, { domain: 'ai.onnx.ml' }), 'float32', [
    'N',
    2,
  ]);
  return graph.build();
}

test('sound trees pass', () => expect(() => checkModel(trees())).not.toThrow());

test.for<[string, RegExp, Record<string, AttributeValue>]>([
  ['a circle', /reached twice|no root|not its root/, { nodes_truenodeids: [0, 0, 0, 1, 0, 0] }],
  ['a node that is reached twice', /reached twice/, { nodes_truenodeids: [2, 0, 0, 1, 0, 0] }],
  ['a child that does not exist', /has no node 9/, { nodes_falsenodeids: [9, 0, 0, 2, 0, 0] }],
  ['a negative child', /has no node -1/, { nodes_falsenodeids: [-1, 0, 0, 2, 0, 0] }],
  ['a feature beyond the input', /feature 2 of 2/, { nodes_featureids: [2, 0, 0, 1, 0, 0] }],
  ['a negative feature', /feature -1/, { nodes_featureids: [-1, 0, 0, 1, 0, 0] }],
  ['a weight on a branch', /not a leaf/, { target_nodeids: [0, 2, 1, 2] }],
  ['a target beyond the targets', /target 2 of 2/, { target_ids: [0, 0, 1, 2] }],
  ['a leaf of no tree', /tree 7/, { target_treeids: [0, 0, 1, 7] }],
  ['lists of different lengths', /entries/, { nodes_falsenodeids: [2, 0] }],
  ['an unknown mode', /BRANCH_ALWAYS/, { nodes_modes: ['BRANCH_ALWAYS', 'LEAF', 'LEAF', 'BRANCH_LT', 'LEAF', 'LEAF'] }],
  ['trees that are mixed', /lie together/, { nodes_treeids: [0, 1, 0, 1, 0, 1] }],
  ['nodes of one number', /no node 1/, { nodes_nodeids: [0, 2, 2, 0, 1, 2] }],
])('trees with %s are refused', ([, says, change]) => {
  const problem = expect.objectContaining({ code: 'INVALID_GRAPH', message: expect.stringMatching(says) });
  expect(() => checkModel(trees(change))).toThrowError(problem);
});

const add = (inputs: string[], output: string, op = 'Add', domain = '') => ({
  op,
  domain,
  name: '',
  inputs,
  outputs: [output],
  attributes: new Map(),
});

test.for<[string, ReturnType<typeof add>[], string]>([
  ['a value that nothing computes', [add(['x', 'missing'], 'y')], 'INVALID_GRAPH'],
  ['a value that is used before it is computed', [add(['x', 'z'], 'y'), add(['x', 'x'], 'z')], 'INVALID_GRAPH'],
  ['a value that is computed twice', [add(['x', 'x'], 'y'), add(['x', 'x'], 'y')], 'INVALID_GRAPH'],
  ['an input that is overwritten', [add(['x', 'x'], 'x'), add(['x', 'x'], 'y')], 'INVALID_GRAPH'],
  ['an output that is missing', [], 'INVALID_GRAPH'],
  ['an operator that does not exist', [add(['x', 'x'], 'y', 'Execute')], 'UNSUPPORTED_OPERATOR'],
  [
    'a name from the prototype of objects',
    [add(['x', 'x'], 'y', 'constructor', 'constructor')],
    'UNSUPPORTED_OPERATOR',
  ],
  ['a domain that is not imported', [add(['x', 'x'], 'y', 'FusedMatMul', 'com.microsoft')], 'INVALID_GRAPH'],
])('a graph with %s is refused', ([, nodes, code]) => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  graph.output('y', graph.node('Neg', [x]), 'float64', ['N', 1]);
  const model = graph.build();
  expect(() => checkModel({ ...model, graph: { ...model.graph, nodes } })).toThrowError(
    expect.objectContaining({ code }),
  );
});

test.for<[string, (graph: GraphBuilder, x: string) => string]>([
  ['Expand', (g, x) => g.node('Expand', [x, g.constant(int64([2 ** 20, 2 ** 20]))])],
  ['Tile', (g, x) => g.node('Tile', [x, g.constant(int64([1, 2 ** 40]))])],
  ['Range', (g) => g.node('Range', [g.scalar('int64', 0), g.scalar('int64', 2 ** 40), g.scalar('int64', 1)])],
  [
    'ConstantOfShape of a computed shape',
    (g) => {
      const million = g.constant(int64([2 ** 20]));
      return g.node('ConstantOfShape', [g.node('Concat', [million, g.node('Mul', [million, million])], { axis: 0 })]);
    },
  ],
  ['Pad', (g, x) => g.node('Pad', [x, g.constant(int64([0, 2 ** 40, 0, 0]))])],
])('%s without bounds is refused', ([, make]) => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float64', ['N', 1]);
  graph.output('y', make(graph, x), 'float64', ['N', 1]);
  expect(() => checkModel(graph.build())).toThrowError(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

const rows = (g: GraphBuilder) => g.input('x', 'float64', ['N', 6]);

test.for<[string, (g: GraphBuilder) => string, unknown]>([
  [
    'broadcasting',
    (g) =>
      g.node('Add', [
        g.node('Unsqueeze', [rows(g), g.constant(int64([1]))]),
        g.constant(float64([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 6])),
      ]),
    ['N', 2, 6],
  ],
  ['reshaping', (g) => g.node('Reshape', [rows(g), g.constant(int64([0, 2, -1]))]), ['N', 2, 3]],
  ['folding columns into rows', (g) => g.node('Reshape', [rows(g), g.constant(int64([-1, 2]))]), ['3*N', 2]],
  [
    'a shape computed by the graph',
    (g) => {
      const x = rows(g);
      const n = g.node('Gather', [g.node('Shape', [x]), g.constant(int64([0]))]);
      return g.node('Reshape', [x, g.node('Concat', [n, g.constant(int64([3, 2]))], { axis: 0 })]);
    },
    ['N', 3, 2],
  ],
  [
    'slicing backwards',
    (g) =>
      g.node('Slice', [
        rows(g),
        g.constant(int64([-1])),
        g.constant(int64([-100])),
        g.constant(int64([1])),
        g.constant(int64([-2])),
      ]),
    ['N', 3],
  ],
  ['reducing', (g) => g.node('ReduceMax', [rows(g)], { axes: [-1], keepdims: 0 }), ['N']],
  ['multiplying', (g) => g.node('MatMul', [rows(g), g.constant(float64(new Float64Array(24), [6, 4]))]), ['N', 4]],
  ['taking the best', (g) => g.nodes('TopK', [rows(g), g.constant(int64([2]))], {}, { outputs: 2 })[1] ?? '', ['N', 2]],
  [
    'labels',
    (g) =>
      g.node(
        'LabelEncoder',
        [rows(g)],
        { keys_floats: { floats: [1] }, values_strings: ['a'] },
        { domain: 'ai.onnx.ml' },
      ),
    ['N', 6],
  ],
])('the shape after %s', ([, make, expected]) => {
  const graph = new GraphBuilder();
  graph.output('y', make(graph), 'float64', []);
  expect(inferShapes(graph.build()).get('y')?.shape).toEqual(expected);
});

test('shapes that do not fit are refused', () => {
  const graph = new GraphBuilder();
  const y = graph.node('MatMul', [rows(graph), graph.constant(float64(new Float64Array(8), [4, 2]))]);
  graph.output('y', y, 'float64', ['N', 2]);
  expect(() => inferShapes(graph.build())).toThrowError(expect.objectContaining({ code: 'INVALID_GRAPH' }));
});
