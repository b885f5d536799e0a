import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '@slipway/core/compiled';
import type { Graph } from '@slipway/core/onnx';
import { emit, input, ops, value as valueOf, type InputParams, type Model, type Value } from '@slipway/core/ir';
import { expect, test } from 'vitest';
import { fixturesFolder, type Golden } from './fixtures.ts';
import { onnxOnly, refused } from './not-yet.ts';
import { importPath } from './parity.ts';

/** Operations of the model and operators of its graph that fixtures use and `compiled` takes. */
const seen = { operations: new Set<string>(), operators: new Set<string>() };

/** A model that is converted by us must compile: ONNX files alone may need ONNX Runtime. */
const uncompiled: string[] = [];

for (const group of ['models', 'extra']) {
  const folder = join(fixturesFolder, group);
  for (const name of readdirSync(folder)) {
    const file = join(folder, name, 'golden.json');
    if (!existsSync(file) || refused.has(name) || onnxOnly.has(name)) continue;
    const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
    const { model, graph } = importPath(join(folder, name, golden.file), golden.object_path?.join('.'));
    if (!model) continue;
    try {
      compile(graph);
    } catch (error) {
      uncompiled.push(`${name}: ${(error as Error).message}`);
      continue;
    }
    addOperations(model);
    addOperators(graph.graph);
  }
}

/** Operations that no fixture has. */
const number = valueOf(input, { name: 'x', position: 0 }, [], 'float64', 1) as Value<InputParams>;
const text = valueOf(input, { name: 'text', position: 0 }, [], 'string', 1) as Value<InputParams>;
const letters: Parameters<typeof ops.bag>[1] = {
  op: 'bag',
  column: 'text',
  ids: 'ids',
  weights: 'weights',
  size: 4,
  binary: false,
  weighting: [],
  analyzer: { kind: 'char', lowercase: true, ngrams: [1, 1] },
  vocabulary: { kind: 'terms', terms: ['a', 'b', 'c', 'd'] },
};
const others: readonly (readonly [Value<InputParams>, Value])[] = [
  [number, ops.inverseHyperbolicTangent(number)],
  [number, ops.inverseCosine(number)],
  [number, ops.alongside(number, [ops.absolute(number)])],
  [text, ops.bag(text, letters)],
];
for (const [from, result] of others) {
  const model: Model = { inputs: [from], form: 'table', outputs: [{ name: 'y', value: result, flat: false }] };
  const graph = emit(model);
  compile(graph);
  addOperations(model);
  addOperators(graph.graph);
}

function addOperations(model: Model): void {
  const open: Value[] = model.outputs.map(({ value }) => value);
  const known = new Set<unknown>();
  for (let value = open.pop(); value; value = open.pop()) {
    if (known.has(value)) continue;
    known.add(value);
    seen.operations.add(value.op.id);
    open.push(...value.inputs, ...valuesIn(value.params));
  }
}

/** Values that an operation computes only when it needs them. */
function valuesIn(params: unknown): Value[] {
  if (typeof params !== 'object' || params === null) return [];
  return Object.values(params).filter(
    (part): part is Value => typeof part === 'object' && part !== null && 'op' in part && 'inputs' in part,
  );
}

function addOperators({ nodes }: Graph): void {
  for (const { op, domain, attributes } of nodes) {
    seen.operators.add(domain === '' ? op : `${domain}.${op}`);
    for (const attribute of attributes.values()) if (attribute.kind === 'graph') addOperators(attribute.value);
  }
}

test('every model that we convert compiles', () => {
  expect(uncompiled).toEqual([]);
  // Networks: of images, and of texts behind a tokenizer.
  expect([...onnxOnly].filter((name) => !/^(onnx|hf)-/.test(name))).toEqual([]);
});

test('every operation of the model is in a fixture that compiles', () => {
  const files = globSync('packages/core/src/ir/ops/*.ts').filter((file) => !file.endsWith('.test.ts'));
  const ids = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ {2}id: '(\w+)'/gm)].map(([, id]) => id),
  );
  expect(ids.length).toBeGreaterThan(30);
  expect(ids.filter((id) => !seen.operations.has(id as string))).toEqual([]);
});

test('every operator that importers name is in a fixture that compiles', () => {
  const files = globSync('packages/core/src/{ir,importers}/**/*.ts').filter(
    (file) => !file.endsWith('.test.ts') && !file.includes('importers/onnx/'),
  );
  const named = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:graph|body|again|keep)\.nodes?\(\s*'(\w+)'/g)].map(
      ([, op]) => op as string,
    ),
  );
  const operators = new Set([...seen.operators].map((name) => name.split('.').at(-1)));
  expect(named.length).toBeGreaterThan(50);
  expect([...new Set(named)].filter((op) => !operators.has(op))).toEqual([]);
});
