import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import { GraphBuilder, writeOnnx } from '../onnx/index.ts';
import { bindAnswers, type Signature } from '../signature/index.ts';
import { float64, int64, strings } from '../tensor/index.ts';
import { answerColumns, type OutputSpec } from './answer-columns.ts';
import { goldensOf, openManifest, preOf, readPackage, reportOf } from './read.ts';
import { writePackage, type PackageContents } from './write.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const signature: Signature = {
  form: 'table',
  task: 'regression',
  columns: [
    { name: 'age', type: 'number', nullable: true, required: true },
    { name: 'plan', type: 'string', nullable: false, required: false, categories: ['basic', 'gold'] },
  ],
  outputs: { value: 'value', methods: { predict: 'value' } },
};

function contents(): PackageContents {
  const graph = new GraphBuilder();
  const age = graph.input('age', 'float64', ['N', 1]);
  graph.output('value', graph.node('Add', [age, graph.constant(float64([1], [1, 1]))]), 'float64', ['N', 1]);
  return {
    graph: writeOnnx(graph.build()),
    signature,
    outputs: [{ name: 'value', dtype: 'float64', shape: [1] }],
    pre: [{ op: 'lower' }],
    goldens: [
      {
        kind: 'original',
        row: { age: 41, plan: null },
        outputs: { value: float64([42], [1, 1]), odd: float64([NaN, -Infinity]), text: strings(['a']) },
        tolerance: { relative: 1e-9, absolute: 1e-12 },
      },
    ],
    drift: [{ column: 'age', mean: 40 }],
    report: { what: 'a sum', warnings: [] },
    source: {
      sha256: sha256(new Uint8Array()),
      size: 0,
      what: 'sum',
      container: 'pickle',
      library: { name: 'none', version: undefined },
    },
    requirements: ['scikit-learn==1.5.2'],
    importer: { name: 'slipway', version: '0.1.0' },
    options: {},
  };
}

const written = () => writePackage(contents(), sha256);

test('the same contents give the same bytes and digest', () => {
  const [first, second] = [written(), written()];
  expect([...first.keys()]).toEqual([...second.keys()]);
  for (const [path, bytes] of first) expect(second.get(path), path).toEqual(bytes);
  expect(readPackage(first, sha256).digest).toBe(readPackage(second, sha256).digest);
});

test('what was written is read', () => {
  const pkg = readPackage(written(), sha256);
  expect(pkg.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(pkg.manifest.signature).toEqual(signature);
  expect(pkg.manifest.goldens).toEqual({ kind: 'original', original: 1, crossChecked: 0, single: 0 });
  expect(pkg.manifest.answer).toEqual([{ name: 'prediction', type: 'number', output: 'value', at: 0 }]);
  expect(goldensOf(pkg)).toEqual(contents().goldens);
  expect(preOf(pkg)).toEqual([{ op: 'lower' }]);
  expect(reportOf(pkg)).toEqual({ what: 'a sum', warnings: [] });
});

test('every changed byte of every file is found, and the file is named', () => {
  const files = written();
  const found = (changed: ReadonlyMap<string, Uint8Array>) => {
    try {
      return `accepted ${readPackage(changed, sha256).digest}`;
    } catch (error) {
      return error instanceof SlipwayError ? error.message : `a bug: ${String(error)}`;
    }
  };
  const missed: string[] = [];
  for (const [path, bytes] of files) {
    for (let at = 0; at < bytes.length; at += bytes.length > 3000 ? 7 : 1) {
      const changed = bytes.with(at, (bytes.at(at) ?? 0) ^ 1);
      const message = found(new Map(files).set(path, changed));
      if (!message.includes(path) && !message.startsWith('The package has format version')) {
        missed.push(`${path} at ${at}: ${message}`);
      }
    }
  }
  expect(missed).toEqual([]);
});

test('a missing, shorter, longer or additional file is found', () => {
  for (const [path, bytes] of written()) {
    const without = written();
    without.delete(path);
    expect(() => readPackage(without, sha256)).toThrow(`${path}: the file is missing`);
    expect(() => readPackage(written().set(path, bytes.slice(1)), sha256)).toThrow(path);
    expect(() => readPackage(written().set(path, Uint8Array.of(...bytes, 10)), sha256)).toThrow(path);
  }
  const added = written().set('notes.txt', new Uint8Array(1));
  expect(() => readPackage(added, sha256)).toThrow('notes.txt: the file does not belong to the package');
});

// oxlint-disable-next-line typescript/no-explicit-any -- changed in ways that no type allows
type Json = Record<string, any>;

/** A manifest that was changed on purpose and sealed again, so that only the check of its meaning can refuse it. */
function resealed(change: (manifest: Json) => void): Uint8Array {
  const manifest = JSON.parse(new TextDecoder().decode(written().get('slipway.json')));
  delete manifest.digest;
  change(manifest);
  const document = `${JSON.stringify(manifest, null, 1)}\n`;
  const digest = `sha256:${sha256(new TextEncoder().encode(document))}`;
  return new TextEncoder().encode(document.replace('{\n', `{\n "digest": "${digest}",\n`));
}

test.for<[string, (manifest: Json) => void, string | RegExp]>([
  ['nothing', () => {}, ''],
  ['a newer format', (m) => (m['formatVersion'] = 2), 'format version 2; this Slipway reads up to 1'],
  ['an absolute path', (m) => (m['files'][0].path = '/etc/passwd'), 'absolute'],
  ['a path upwards', (m) => (m['files'][0].path = '../x'), 'leads out'],
  ['a backslash', (m) => (m['files'][0].path = 'a\\b'), 'not allowed'],
  ['a drive', (m) => (m['files'][0].path = 'c:x'), 'not allowed'],
  ['a file twice', (m) => m['files'].push(m['files'][0]), 'twice'],
  [
    'a name that differs in case',
    (m) => m['files'].push({ ...m['files'][0], path: m['files'][0].path.toUpperCase() }),
    'twice',
  ],
  ['the manifest itself', (m) => (m['files'][0].path = 'slipway.json'), 'twice'],
  ['no graph', (m) => (m['files'] = []), 'does not list model.onnx'],
  ['a negative size', (m) => (m['files'][0].size = -1), 'files[0].size'],
  ['huge files', (m) => (m['files'][0].size = 2 ** 40), 'too large'],
  ['an unknown task', (m) => (m['task'] = m['signature'].task = 'magic'), 'signature.task'],
  ['an unknown column type', (m) => (m['signature'].columns[0].type = 'complex'), 'signature.columns[0].type'],
  ['a column twice', (m) => m['signature'].columns.push(m['signature'].columns[0]), 'signature.columns'],
  ['an answer from nowhere', (m) => (m['answer'][0].output = 'other'), 'answer[0].output'],
  ['no signature', (m) => delete m['signature'], 'signature'],
])('a manifest with %s', ([, change, expected]) => {
  const open = () => openManifest(resealed(change), sha256);
  if (expected === '') expect(open().manifest.task).toBe('regression');
  else expect(open).toThrow(expected);
});

const specs: OutputSpec[] = [
  { name: 'label', dtype: 'int64', shape: [] },
  { name: 'text', dtype: 'string', shape: [] },
  { name: 'pair', dtype: 'int64', shape: [2] },
  { name: 'one', dtype: 'float64', shape: [] },
  { name: 'column', dtype: 'float64', shape: [1] },
  { name: 'two', dtype: 'float64', shape: [2] },
  { name: 'three', dtype: 'float64', shape: [3] },
];

/** Tensors for one row; zeros, because only the names matter. */
const tensors = Object.fromEntries(
  specs.map(({ name, dtype, shape }) => {
    const size = shape[0] ?? 1;
    const dims = [1, ...(shape as number[])];
    const zeros = Array.from({ length: size }, () => 0);
    if (dtype === 'string') return [name, strings(zeros.map(String), dims)];
    return [name, dtype === 'int64' ? int64(zeros, dims) : float64(zeros, dims)];
  }),
);

test.for<[Partial<Signature>, string[]]>([
  [{ task: 'regression', outputs: { value: 'one' } }, ['prediction:number']],
  [{ task: 'regression', outputs: { value: 'column' } }, ['prediction:number']],
  [
    { task: 'regression', outputs: { value: 'two' }, targets: ['fare', 'time'] },
    ['prediction.fare:number', 'prediction.time:number'],
  ],
  [{ task: 'regression', outputs: { value: 'two' } }, ['prediction.0:number', 'prediction.1:number']],
  [
    {
      task: 'classification',
      classes: [true, false],
      outputs: { label: 'label', labelIs: 'position', probabilities: 'two' },
    },
    ['prediction:boolean', 'probabilities.true:number', 'probabilities.false:number'],
  ],
  [
    { task: 'classification', classes: ['a', 'b', 'c'], outputs: { label: 'text', labelIs: 'value', scores: 'three' } },
    ['prediction:string', 'scores.a:number', 'scores.b:number', 'scores.c:number'],
  ],
  [
    { task: 'classification', classes: [0, 1], outputs: { label: 'label', labelIs: 'value', scores: 'one' } },
    ['prediction:integer', 'scores:number'],
  ],
  [
    { task: 'clustering', outputs: { label: 'label', distances: 'two' } },
    ['prediction:integer', 'distances.0:number', 'distances.1:number'],
  ],
  [{ task: 'outlier', outputs: { label: 'label', scores: 'one' } }, ['prediction:integer', 'score:number']],
  [{ task: 'transform', outputs: { output: 'two' } }, ['output.0:number', 'output.1:number']],
  [{ task: 'transform', outputs: { output: 'column' } }, ['output.0:number']],
  [
    { task: 'multilabel', targets: ['x', 'y'], outputs: { label: 'pair', probabilities: 'two' } },
    ['prediction.x:integer', 'prediction.y:integer', 'probabilities.x:number', 'probabilities.y:number'],
  ],
  [
    {
      task: 'multioutput-classification',
      targetClasses: [['a'], [1, 2]],
      outputs: { label: 'pair', probabilities: 'three' },
    },
    [
      'prediction.0:string',
      'prediction.1:integer',
      'probabilities.0.a:number',
      'probabilities.1.1:number',
      'probabilities.1.2:number',
    ],
  ],
])('answer columns are named like those of a CSV answer: %#', ([given, expected]) => {
  const whole = { form: 'table', columns: [], ...given } as Signature;
  const columns = answerColumns(whole, specs);
  expect(columns.map(({ name, type }) => `${name}:${type}`)).toEqual(expected);
  expect(bindAnswers(whole, tensors).csv.header).toEqual(columns.map(({ name }) => name));
});

test('a graph has no answer columns', () => {
  expect(answerColumns({ form: 'tensors', task: 'graph', columns: [], outputs: { all: ['one'] } }, specs)).toEqual([]);
});
