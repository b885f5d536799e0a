import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { outputsOf, type Original } from '@slipway/core/conversion';
import { importModel, type Imported } from '@slipway/core/importers';
import { answerColumns, goldensOf, readPackage, reportOf } from '@slipway/core/package';
import { float64 } from '@slipway/core/tensor';
import { fixturesFolder, hostileFiles, readFixture, readModelBytes } from '../../../../test/fixtures.ts';
import { compiled } from '../runtimes/compiled/index.ts';
import { nodeInflate, sha256Hex } from '../stores/index.ts';
import { build } from './build.ts';
import { passGate } from './gate.ts';
import { isolate } from './isolate.ts';
import { inspectSource, makePackage } from './make-package.ts';
import { replayGoldens } from './replay.ts';
import { identify, readSource } from './source.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-intake-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const churn = readFixture('sk10-churn-gbc-py39');
const tree = readFixture('sk19-iris-tree-strings');

async function built(path: string, options: { threshold?: number; sample?: string } = {}) {
  const { files } = await build({ path, name: 'model', ...options }, await identify(path));
  return readPackage(files, sha256Hex);
}

describe('the package', () => {
  test('the same bytes give the same digest, wherever they lie; other options another', async () => {
    const copy = join(folder, 'copy.bin');
    cpSync(churn.path, copy);
    const [one, two, other] = [await built(churn.path), await built(copy), await built(churn.path, { threshold: 0.3 })];
    expect(two.digest).toBe(one.digest);
    expect(two.files).toEqual(one.files);
    expect(other.digest).not.toBe(one.digest);
    expect(other.manifest.options).toEqual({ threshold: 0.3 });
  });

  test('nothing of this machine is inside', async () => {
    const { files } = await built(churn.path);
    for (const [path, bytes] of files) {
      const text = new TextDecoder('latin1').decode(bytes);
      for (const trace of [churn.folder, tmpdir(), process.cwd(), new Date().toISOString().slice(0, 10)]) {
        expect(text.includes(trace), `${trace} in ${path}`).toBe(false);
      }
    }
  });

  test('its goldens say what they are, and an executor repeats them', async () => {
    const pkg = await built(churn.path);
    expect(pkg.manifest.goldens).toMatchObject({ kind: 'cross-checked', original: 0 });
    expect(reportOf(pkg)).toMatchObject({ gate: { adversarialRows: 256, originalRows: 0 } });
    const goldens = goldensOf(pkg);
    expect(goldens.length).toBeGreaterThan(20);
    expect(goldens.some(({ row }) => Object.values(row as object).includes(null))).toBe(true);
    const { imported } = importOf(churn.path);
    const model = await compiled.load(imported.graph);
    await replayGoldens(pkg.manifest.signature, goldens, model);
    const wrong = await compiled.load(changed(imported).graph);
    await expect(replayGoldens(pkg.manifest.signature, goldens, wrong)).rejects.toMatchObject({
      code: 'PARITY_FAILED',
    });
  });
});

function importOf(path: string): { imported: Imported } {
  return { imported: importModel(readSource(path), { inflate: nodeInflate }) };
}

/** The graph with another leaf value in its last table of numbers: what a wrong converter would give. */
function changed(imported: Imported): Imported {
  const initializers = new Map(imported.graph.graph.initializers);
  const [name, tensor] =
    [...initializers].findLast(([, { dtype, data }]) => dtype === 'float64' && data.length > 50) ?? [];
  if (!name || !tensor) throw new Error('the model has no table of numbers');
  initializers.set(
    name,
    float64(
      Float64Array.from(tensor.data as Float64Array, (value) => value + 1e-6),
      tensor.shape,
    ),
  );
  return { ...imported, graph: { ...imported.graph, graph: { ...imported.graph.graph, initializers } } };
}

describe('the gate', () => {
  const pass = (imported: Imported, originals: readonly Original[] = [], bytes = 1000) =>
    passGate(imported, bytes, originals, answerColumns(imported.signature, outputsOf(imported.graph)));

  test('a graph that answers differently from its reference is stopped', async () => {
    const { imported } = importOf(churn.path);
    await expect(pass(imported)).resolves.toMatchObject({ executors: [{ id: 'compiled' }, { id: 'onnx' }] });
    await expect(pass(changed(imported))).rejects.toMatchObject({
      code: 'PARITY_FAILED',
      message: expect.stringMatching(
        /compiled and the reference evaluator differ in probabilities\[\d\] of row \d+: expected/,
      ),
    });
  });

  test('ONNX Runtime is not asked to open a graph that would fill the memory, while something else runs it', async () => {
    const { executors } = await pass(importOf(churn.path).imported, [], 20 * 2 ** 20);
    expect(executors).toEqual([{ id: 'compiled' }, { id: 'onnx', skipped: 'the graph is large (20 MiB)' }]);
  });

  test('a cosine of a large projection is no reason to refuse, where the reference itself trembles', async () => {
    const { imported } = importOf(join(fixturesFolder, 'extra', 'sk19-random-waves', 'model.pkl'));
    await expect(pass(imported)).resolves.toMatchObject({ executors: [{ id: 'compiled' }, { id: 'onnx' }] });
    await expect(pass(changed(imported))).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  });

  test('trees must be bit-equal', async () => {
    const { imported } = importOf(tree.path);
    const { report } = await pass(imported);
    expect(report.tolerance).toEqual({ relative: 0, absolute: 0 });
  });

  const original = (change: Partial<Original>): Original => ({
    from: 'row 1',
    row: churn.golden.rows[0],
    expected: [],
    ...change,
  });
  const [[no = 0] = []] = churn.golden.outputs['predict_proba'] as readonly (readonly number[])[];

  test.for<[string, Original, string]>([
    [
      'another number',
      original({ expected: [{ output: 'probabilities', at: 0, value: no + 1e-8 }] }),
      'row 1, probabilities[0]: the original answered 0.69',
    ],
    [
      'another label',
      original({ expected: [{ output: 'label', at: 0, value: 'Yes' }] }),
      'row 1, label[0]: the original answered "Yes", compiled answers "No"',
    ],
    ['more than is there', original({ expected: [{ output: 'probabilities', at: 2, value: 0 }] }), 'probabilities[2]'],
    [
      'an answer to a row that is refused here',
      original({ row: { tenure_months: 'x' }, expected: [{ output: 'label', at: 0, value: 'No' }] }),
      'answered by the original and refused here',
    ],
  ])('%s is stopped', async ([, wrong, message]) => {
    await expect(pass(importOf(churn.path).imported, [wrong])).rejects.toMatchObject({
      code: 'PARITY_FAILED',
      message: expect.stringContaining(message),
    });
  });

  test('answers of the original become goldens with its own numbers', async () => {
    const close = no + 1e-13;
    const { goldens, report } = await pass(importOf(churn.path).imported, [
      original({ expected: [{ output: 'probabilities', at: 0, value: close }] }),
    ]);
    expect(report.originalRows).toBe(1);
    expect(goldens).toMatchObject([{ kind: 'original', row: churn.golden.rows[0] }]);
    expect(goldens[0]?.outputs['probabilities']?.data[0]).toBe(close);
    expect(goldens[0]?.outputs).not.toHaveProperty('label');
  });

  test('a row that the original refuses and we answer is told', async () => {
    const { report } = await pass(importOf(churn.path).imported, [original({ refused: 'ValueError: no' })]);
    expect(report.warnings).toEqual([expect.stringContaining('ValueError: no')]);
    const both = await pass(importOf(churn.path).imported, [original({ row: {}, refused: 'ValueError: no' })]);
    expect(both.report.warnings).toEqual([]);
  });
});

describe('a process of its own', () => {
  const options = { home: join(folder, 'home') };

  test('makes the same package', async () => {
    const { pkg, executors } = await makePackage(churn.path, options);
    expect(pkg.digest).toBe((await built(churn.path)).digest);
    expect(executors).toEqual([{ id: 'compiled' }, { id: 'onnx' }]);
  });

  test('errors keep their code and hint', async () => {
    await expect(makePackage(join(folder, 'nothing'), options)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    writeFileSync(join(folder, 'page.pkl'), '<!DOCTYPE html><html></html>');
    await expect(makePackage(join(folder, 'page.pkl'), options)).rejects.toMatchObject({
      code: 'UNKNOWN_FORMAT',
      message: expect.stringContaining('"page.pkl" is an HTML page'),
      hint: expect.stringContaining('download went wrong'),
    });
  });

  test.for([
    'zlib-bomb-2gib.joblib',
    'billion-laughs-lists.pkl',
    'reduce-posix-system-p4.pkl',
    'onnx-constantofshape-8tib.onnx',
  ])('hostile %s ends soon with a code, and leaves nothing', async (name) => {
    const hostile = hostileFiles().find(({ file }) => file === name);
    const start = performance.now();
    await expect(makePackage(hostile?.path ?? '', options)).rejects.toMatchObject({ name: 'SlipwayError' });
    expect(performance.now() - start).toBeLessThan(5000);
    expect(globSync(join(folder, '**/PWNED'))).toEqual([]);
  });

  const task = async () => [{ path: churn.path, name: 'model' }, await identify(churn.path)] as const;

  test('time is bounded', async () => {
    await expect(
      isolate('build', [...(await task())], 0, { timeoutMs: 40, memoryBytes: 2 ** 31 }),
    ).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('time'),
    });
  });

  // Elsewhere there is no prlimit.
  test.runIf(process.platform === 'linux')('memory is bounded', async () => {
    const limits = { timeoutMs: 20_000, memoryBytes: 100 * 2 ** 20 };
    await expect(isolate('build', [...(await task())], 0, limits)).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('memory'),
    });
  });

  test('the cache gives the same package without making it, and a damaged one is made again', async () => {
    const cached = { home: join(folder, 'cached'), cache: true };
    const first = await makePackage(churn.path, cached);
    const second = await makePackage(churn.path, cached);
    expect([first.executors, second.executors]).toEqual([expect.anything(), undefined]);
    expect(second.pkg.digest).toBe(first.pkg.digest);
    const [graph = ''] = globSync(join(cached.home, 'cache/packages/*/model.onnx'));
    writeFileSync(graph, 'damaged');
    const third = await makePackage(churn.path, cached);
    expect([third.executors, third.pkg.digest]).toEqual([expect.anything(), first.pkg.digest]);
    expect((await makePackage(churn.path, { ...cached, threshold: 0.9 })).pkg.digest).not.toBe(first.pkg.digest);
    expect(readdirSync(join(cached.home, 'cache/packages'))).toHaveLength(2);
  });

  test('inspect tells dangers and custom code of files that are refused', async () => {
    const hostile = hostileFiles().find(({ file }) => file === 'real-logreg-with-passenger.pkl');
    const found = await inspectSource(hostile?.path ?? '', options);
    expect(found).toMatchObject({ looksLike: 'a pickle', model: undefined, problem: { code: 'UNSAFE_FILE' } });
    expect(found.names).toContainEqual({ path: 'builtins.eval', count: 1, kind: 'unsafe' });
    expect(found.names).toContainEqual({
      path: 'sklearn.linear_model._logistic.LogisticRegression',
      count: 1,
      kind: 'ordinary',
    });
  });
});

describe('sources', () => {
  test('a folder is known by its content; links inside are not followed', async () => {
    const first = join(folder, 'one');
    const second = join(folder, 'two');
    for (const path of [first, second]) {
      mkdirSync(join(path, 'sub'), { recursive: true });
      writeFileSync(join(path, 'sub/a'), 'a');
    }
    symlinkSync('/etc/passwd', join(second, 'link'));
    const [one, two] = [await identify(first), await identify(second)];
    expect(one).toMatchObject({ kind: 'folder', name: 'one', size: 1 });
    expect(two.sha256).toBe(one.sha256);
    expect([...(readSource(second).files ?? new Map()).keys()]).toEqual(['sub/a']);
    writeFileSync(join(second, 'sub/a'), 'b');
    expect((await identify(second)).sha256).not.toBe(one.sha256);
  });

  test('a device is no model', async () => {
    await expect(identify('/dev/null')).rejects.toMatchObject({ code: 'UNKNOWN_FORMAT' });
  });

  test('bytes are read whole and are our own', () => {
    expect(readSource(churn.path).bytes).toEqual(readModelBytes(churn));
    expect(existsSync(churn.path)).toBe(true);
  });
});
