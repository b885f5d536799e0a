import { readdirSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portableInflate } from './compression/index.ts';
import { PyDict, PyObject, walk, type NdArray, type Plain } from './python/index.ts';
import { isPythonFile, readPython } from './python-file.ts';

const fixtures = new URL('../../../../fixtures/', import.meta.url);
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));
const read = (path: string, options = {}) => readPython(bytesOf(path), { inflate: portableInflate, ...options });

const isPythonName = (path: string) => /\.(?:pkl|joblib|sav|pickle)(?:\.\w+)?$/.test(path);
const honest = readdirSync(new URL('models/', fixtures), { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => isPythonName(path) && statSync(new URL(`models/${path}`, fixtures)).isFile())
  .sort();
const { fixtures: names } = JSON.parse(readFileSync(new URL('globals.json', fixtures), 'utf8')) as {
  fixtures: Record<string, string[]>;
};

test('the honest fixtures are there', () => {
  expect(honest.length).toBeGreaterThanOrEqual(40);
  for (const path of honest) expect(isPythonFile(bytesOf(`models/${path}`)), path).toBe(true);
});

test.for(honest)('%s', (path) => {
  const { value, globals, trailing, warnings } = read(`models/${path}`);
  expect(trailing).toBe(false);
  expect(warnings).toEqual([]);
  expect(value instanceof PyObject || value instanceof PyDict).toBe(true);
  // What Python resolved while loading the file is among what was read (with NumPy 1's names as NumPy 2's).
  const resolved = (names[path.split('/')[0] as string] ?? []).map((name) =>
    name.replace(' ', '.').replace('numpy.core.', 'numpy._core.'),
  );
  if (path.includes('mlflow3-pyfunc-custom')) return;
  expect(resolved.filter((name) => !globals.has(name))).toEqual([]);
});

test.for([
  ['sk12-iris-logreg-pickle2/model.pkl', 'pickle', 2],
  ['sk12-multilabel-ovr/model.pkl', 'pickle', 3],
  ['sk15-churn-logreg-pipeline/model.joblib', 'joblib', 4],
  ['sk15-cancer-calibrated-linsvc/model.pkl.gz', 'pickle, gzip', 5],
  ['sk15-preprocess-only/preprocess.joblib', 'joblib, zlib', 4],
  ['sk15-cancer-union-logreg/model.joblib', 'joblib, bz2', 4],
  ['sk19-digits-mlp/model.joblib.xz', 'joblib, xz', 4],
  ['sk19-churn-gridsearch-rf/search.joblib', 'joblib, lzma', 4],
  ['sk15-digits-pca-knn/model.joblib.lz4', 'joblib, lz4', 4],
] as const)('%s is %s, protocol %d', ([path, container, protocol]) => {
  expect(read(`models/${path}`)).toMatchObject({ container, protocol });
});

test('the arrays of a real tree', () => {
  const tree = (read('models/sk19-iris-tree-strings/model.joblib').value as PyObject).attr('tree_') as PyObject;
  const nodes = tree.attr('nodes') as NdArray;
  expect(nodes.dtype.itemSize).toBe(64);
  const left = nodes.fieldInt32('left_child') as Int32Array;
  const right = nodes.fieldInt32('right_child') as Int32Array;
  const reached = [...left, ...right].filter((child) => child > 0).sort((a, b) => a - b);
  expect(reached).toEqual(Array.from({ length: nodes.size - 1 }, (_, i) => i + 1));
  expect([...(nodes.fieldUint8('missing_go_to_left') ?? [])].every((byte) => byte < 2)).toBe(true);
});

/** What each hostile pickle ends with; `inert` ones are read as data and refused, where they must be, by what makes models of it. */
const hostile: Readonly<Record<string, string>> = {
  'billion-laughs-lists.pkl': 'inert',
  'billion-laughs-tuple-dup.pkl': 'inert',
  'binunicode8-exabyte.pkl': 'CORRUPT_FILE',
  'bitflip-in-gzip.joblib': 'CORRUPT_FILE',
  'build-slots-setstate.pkl': 'UNSAFE_FILE',
  'bundle.joblib': 'UNSAFE_FILE',
  'deep-lists.pkl': 'inert',
  'deep-tuples-1e6.pkl.gz': 'inert',
  'dotted-name-through-joblib.pkl': 'UNSAFE_FILE',
  'eval-p2.pkl': 'UNSAFE_FILE',
  'ext-and-persid.pkl': 'UNSUPPORTED_FORMAT',
  'frame-huge.pkl': 'CORRUPT_FILE',
  'getattr-chain.pkl': 'UNSAFE_FILE',
  'git-lfs-pointer.pkl': 'UNKNOWN_FORMAT',
  'inst-subprocess.pkl': 'UNSAFE_FILE',
  'joblib-shape-1e12.joblib': 'CORRUPT_FILE',
  'long4-2gib.pkl': 'CORRUPT_FILE',
  'memo-index-4g.pkl': 'inert',
  'negative-long4.pkl': 'CORRUPT_FILE',
  'not-a-model.pkl': 'UNKNOWN_FORMAT',
  'numpy-object-array.pkl': 'UNSAFE_FILE',
  'object-array.joblib': 'UNSAFE_FILE',
  'proto-pollution.pkl': 'inert',
  'real-logreg-with-passenger.pkl': 'UNSAFE_FILE',
  'reduce-os-system-p0.pkl': 'UNSAFE_FILE',
  'reduce-posix-system-p4.pkl': 'UNSAFE_FILE',
  'self-estimator.pkl': 'inert',
  'self-list.pkl': 'inert',
  'stack-underflow.pkl': 'CORRUPT_FILE',
  'tree-child-out-of-range.pkl': 'inert',
  'tree-cycle.pkl': 'inert',
  'tree-feature-out-of-range.pkl': 'inert',
  'truncated/churn-00000.joblib': 'UNKNOWN_FORMAT',
  'truncated/churn-00001.joblib': 'CORRUPT_FILE',
  'truncated/churn-00002.joblib': 'CORRUPT_FILE',
  'truncated/churn-00011.joblib': 'CORRUPT_FILE',
  'truncated/churn-00100.joblib': 'CORRUPT_FILE',
  'truncated/churn-01481.joblib': 'CORRUPT_FILE',
  'truncated/churn-02963.joblib': 'CORRUPT_FILE',
  'truncated/churn-05727.joblib': 'CORRUPT_FILE',
  'truncated/churn-05926.joblib': 'CORRUPT_FILE',
  'truncated/wine-040228.pkl': 'CORRUPT_FILE',
  'truncated/wine-120684.pkl': 'CORRUPT_FILE',
  'two-streams.pkl': 'inert',
  'xz-bomb-11gib.joblib': 'LIMIT_EXCEEDED',
  'zlib-bomb-2gib.joblib': 'LIMIT_EXCEEDED',
};

test('every hostile pickle has its line here', () => {
  const { files } = JSON.parse(readFileSync(new URL('hostile/index.json', fixtures), 'utf8')) as {
    files: { file: string }[];
  };
  const pickles = files.map(({ file }) => file).filter(isPythonName);
  expect(pickles.sort()).toEqual(Object.keys(hostile).sort());
});

test.for(Object.entries(hostile))('hostile/%s: %s', ([name, expected]) => {
  const start = performance.now();
  // A smaller ratio keeps the bombs' part of this test short; their size at the default limits is tested with zlib.
  const run = () => read(`hostile/${name}`, { limits: { inflatedRatio: 20 } });
  if (expected === 'inert') {
    let count = 0;
    walk(run().value, () => void count++);
    expect(count).toBeGreaterThan(0);
  } else {
    expect(run).toThrow(expect.objectContaining({ code: expected }));
  }
  expect(performance.now() - start).toBeLessThan(2000);
});

test('hostile keys stay data', () => {
  const { value } = read('hostile/proto-pollution.pkl');
  expect((value as PyDict).get('__proto__')).toBeDefined();
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('what follows the first pickle is not read, and said', () => {
  const { trailing, warnings, globals } = read('hostile/two-streams.pkl');
  expect(trailing).toBe(true);
  expect(warnings).toEqual([expect.stringContaining('follow the end')]);
  expect(globals.size).toBe(0);
});

test('the error for a pointer of Git LFS says what to do', () => {
  expect(() => read('hostile/git-lfs-pointer.pkl')).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('Git LFS pointer'),
      hint: expect.stringContaining('git lfs pull'),
    }),
  );
});

test('inspect may look at what import refuses', () => {
  const { globals, value } = read('hostile/eval-p2.pkl', { allowUnsafe: true });
  expect([...globals.keys()]).toEqual(['builtins.eval']);
  expect(value).toBeInstanceOf(PyObject);
  expect((value as PyObject & { how: string }).how).toBe('call');
});

test('limits can be set', () => {
  const path = 'models/sk15-wine-gbc/model.pkl';
  const limit = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });
  expect(() => read(path, { limits: { inputBytes: 1000 } })).toThrow(limit);
  expect(() => read(path, { limits: { opcodes: 1000 } })).toThrow(limit);
  expect(() => read(path, { limits: { objects: 100 } })).toThrow(limit);
  expect(() => read('models/sk15-preprocess-only/preprocess.joblib', { limits: { inflatedBytes: 1000 } })).toThrow(
    limit,
  );
});

test('a view into a larger buffer is read as well as a file of its own', () => {
  const file = bytesOf('models/sk15-churn-logreg-pipeline/model.joblib');
  const shifted = Buffer.concat([Buffer.from('abc'), file, Buffer.from('xyz')]).subarray(3, 3 + file.length);
  const numbers = (value: Plain) => {
    const found: number[] = [];
    walk(value, (part) => {
      if (part && typeof part === 'object' && 'toFloat64' in part && 'fiu'.includes(part.dtype.kind))
        found.push(...part.toFloat64());
    });
    return found;
  };
  const direct = numbers(readPython(file, { inflate: portableInflate }).value);
  expect(direct.length).toBeGreaterThan(20);
  expect(numbers(readPython(shifted, { inflate: portableInflate }).value)).toEqual(direct);
});
