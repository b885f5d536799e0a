import { expect, test } from 'vitest';
import { inlineFunctions } from './inline-functions.ts';
import { tensorInfo, type Node, type OnnxModel } from './model.ts';
import type { LocalFunction } from './read-function.ts';

const node = (op: string, domain: string, inputs: readonly string[], outputs: readonly string[]): Node => ({
  op,
  domain,
  name: '',
  inputs,
  outputs,
  attributes: new Map(),
});
const model = (nodes: readonly Node[]): OnnxModel => ({
  irVersion: 8,
  opsets: [{ domain: '', version: 17 }],
  producer: '',
  metadata: new Map(),
  graph: {
    name: 'g',
    nodes,
    initializers: new Map(),
    inputs: [tensorInfo('x', 'float32', ['N'])],
    outputs: [tensorInfo('y', 'float32', ['N'])],
  },
});
const local = (name: string, nodes: readonly Node[], version = 17): LocalFunction => ({
  domain: 'my',
  name,
  overload: '',
  inputs: ['a'],
  outputs: ['b'],
  nodes,
  opsets: [{ domain: '', version }],
  defaults: new Map(),
});

test('values of two calls do not meet', () => {
  const twice = local('F', [node('Neg', '', ['a'], ['t']), node('Abs', '', ['t'], ['b'])]);
  const { graph } = inlineFunctions(model([node('F', 'my', ['x'], ['m']), node('F', 'my', ['m'], ['y'])]), [twice]);
  expect(graph.nodes.map(({ op, inputs, outputs }) => [op, ...inputs, ...outputs])).toEqual([
    ['Neg', 'x', 'F#0/t'],
    ['Abs', 'F#0/t', 'm'],
    ['Neg', 'm', 'F#1/t'],
    ['Abs', 'F#1/t', 'y'],
  ]);
});

test('an output that is an input passes on', () => {
  const same = { ...local('F', []), outputs: ['a'] };
  const { graph } = inlineFunctions(model([node('F', 'my', ['x'], ['y'])]), [same]);
  expect(graph.nodes).toMatchObject([{ op: 'Identity', inputs: ['x'], outputs: ['y'] }]);
});

test.for([
  ['a function that calls itself', [local('F0', [node('F0', 'my', ['a'], ['b'])])]],
  [
    'functions that double each other',
    Array.from({ length: 30 }, (_, i) =>
      local(`F${i}`, [node(`F${i + 1}`, 'my', ['a'], ['t']), node(`F${i + 1}`, 'my', ['t'], ['b'])]),
    ),
  ],
] as const)('%s ends at a limit', ([, functions]) => {
  expect(() => inlineFunctions(model([node('F0', 'my', ['x'], ['y'])]), functions)).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('two versions of an operator set are refused', () => {
  expect(() => inlineFunctions(model([node('F', 'my', ['x'], ['y'])]), [local('F', [], 13)])).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED_FORMAT', hint: expect.stringContaining('inline_local_functions') }),
  );
});
