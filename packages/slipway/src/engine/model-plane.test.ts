import { fail } from '@slipway/core/errors';
import { expect, test } from 'vitest';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { Versions } from '../../../../test/version-source.ts';
import { ModelPlane } from './index.ts';

const labelOf = async (plane: ModelPlane, ref?: string) => (await plane.find(ref)).label;

test('a model from the start answers under its names', async () => {
  const plane = new ModelPlane();
  const loading = plane.serve(['churn', 'churn@champion'], () => sampleModel());
  expect(() => plane.find('churn')).toThrow(expect.objectContaining({ code: 'NOT_READY' }) as Error);
  expect(plane.statuses()).toEqual([{ model: 'churn', state: 'loading', problem: undefined }]);
  const model = await loading;
  for (const ref of [undefined, 'churn', 'churn:3', 'churn@champion', `churn@${model.digest}`])
    expect(plane.find(ref)).toBe(model);
  for (const ref of ['other', 'churn:2', 'churn@sha256:ffff'])
    expect(() => plane.find(ref)).toThrow(expect.objectContaining({ code: 'MODEL_NOT_FOUND' }) as Error);
});

test('a model that cannot be loaded says why', async () => {
  const plane = new ModelPlane();
  const broken = plane.serve(['churn'], () => Promise.reject(fail('PARITY_FAILED', { problem: 'row 1 differs' })));
  await expect(broken).rejects.toMatchObject({ code: 'PARITY_FAILED' });
  expect(() => plane.find('churn')).toThrow(
    'churn could not be loaded: The package does not answer like the original: row 1 differs',
  );
  expect(plane.statuses()[0]?.state).toBe('failed');
});

test('goldens are replayed before a model is ready', async () => {
  await expect(
    sampleModel({ verify: () => Promise.reject(fail('PARITY_FAILED', { problem: 'x' })) }),
  ).rejects.toMatchObject({ code: 'PARITY_FAILED' });
});

test('without a name, several models are a question', async () => {
  const plane = new ModelPlane();
  await plane.serve(['a'], () => sampleModel({ name: 'a' }));
  await plane.serve(['b'], () => sampleModel({ name: 'b' }));
  expect(() => plane.find(undefined)).toThrow('name one in the path: /predict/a, /predict/b.');
  expect(() => new ModelPlane().find(undefined)).toThrow('The server has no model yet.');
});

test('versions are loaded on first use, once, and then found without waiting', async () => {
  const source = new Versions().add('churn').add('churn');
  const plane = new ModelPlane({ source });
  expect(await Promise.all(['churn', 'churn:2', 'churn', 'churn:1'].map((ref) => labelOf(plane, ref)))).toEqual([
    'churn:2',
    'churn:2',
    'churn:2',
    'churn:1',
  ]);
  expect(source.loads.toSorted()).toEqual(['churn:1', 'churn:2']);
  expect(plane.find('churn')).not.toBeInstanceOf(Promise);
  await expect(plane.find('churn:9')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

test('the only model needs no name', async () => {
  const source = new Versions();
  const plane = new ModelPlane({ source });
  await expect(plane.find(undefined)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  source.add('churn');
  expect(await labelOf(plane)).toBe('churn:1');
  expect(plane.find(undefined)).not.toBeInstanceOf(Promise);
  source.add('other');
  await source.change();
  await expect(plane.find(undefined)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});

test('a moved alias and a new version are followed when they are ready', async () => {
  const source = new Versions().add('churn').add('churn');
  source.aliases.set('churn@champion', 'churn:1');
  const plane = new ModelPlane({ source });
  expect(await Promise.all([labelOf(plane, 'churn'), labelOf(plane, 'churn@champion')])).toEqual([
    'churn:2',
    'churn:1',
  ]);
  source.add('churn').aliases.set('churn@champion', 'churn:3');
  expect(await labelOf(plane, 'churn')).toBe('churn:2');
  await source.change();
  expect(await Promise.all([labelOf(plane, 'churn'), labelOf(plane, 'churn@champion')])).toEqual([
    'churn:3',
    'churn:3',
  ]);
  expect(plane.loaded().map(({ label }) => label)).toEqual(['churn:3']);
});

test('what cannot be loaded does not replace what serves', async () => {
  const source = new Versions().add('churn');
  const plane = new ModelPlane({ source });
  await plane.find('churn');
  source.add('churn').broken.add('churn:2');
  await source.change();
  expect(await labelOf(plane, 'churn')).toBe('churn:1');
  await expect(plane.find('churn:2')).rejects.toMatchObject({ code: 'NOT_READY' });
  source.broken.clear();
  expect(await labelOf(plane, 'churn:2')).toBe('churn:2');
});

test('while the registry is away, loaded versions keep serving', async () => {
  const source = new Versions().add('churn');
  const plane = new ModelPlane({ source });
  await plane.find('churn');
  expect(await plane.reachesSource()).toBe(true);
  source.isDown = true;
  await source.change();
  expect(await labelOf(plane, 'churn')).toBe('churn:1');
  expect(await plane.reachesSource()).toBe(false);
});

test('beyond the limit, the model that was not used for longest is given back', async () => {
  const source = new Versions().add('a').add('b').add('c');
  const plane = new ModelPlane({ source, maxLoaded: 2 });
  for (const name of ['a', 'b', 'a', 'c']) await plane.find(name);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(
    plane
      .loaded()
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['a', 'c']);
  expect(await labelOf(plane, 'b')).toBe('b:1');
  expect(source.loads).toEqual(['a:1', 'b:1', 'c:1', 'b:1']);
});

test('a run stops when its client has gone', async () => {
  const model = await sampleModel();
  const decoded = model.rows.decode([sampleRow, sampleRow]);
  const abort = new AbortController();
  abort.abort(new Error('gone'));
  await expect(model.infer(decoded.tensors, 2, abort.signal)).rejects.toThrow('gone');
});

test('loads, failures, switches and unloads are counted; what could not be loaded is told until it is right', async () => {
  const source = new Versions().add('churn');
  const plane = new ModelPlane({ source });
  expect(await labelOf(plane, 'churn')).toBe('churn:1');
  source.add('churn').broken.add('churn:2');
  await source.change();
  expect(await labelOf(plane, 'churn')).toBe('churn:1');
  expect(plane.counts).toMatchObject({ loads: 1, loadFailures: 1, switches: 0, unloads: { replaced: 0 } });
  expect(plane.problems()).toMatchObject([{ model: 'churn:2', state: 'failed' }]);
  expect(plane.problems()[0]?.problem).toContain('model.onnx');
  source.broken.clear();
  await source.change();
  expect(await labelOf(plane, 'churn')).toBe('churn:2');
  expect(plane.counts).toMatchObject({ loads: 2, loadFailures: 1, switches: 1, unloads: { replaced: 1 } });
  expect(plane.counts.loadSeconds).toBeGreaterThan(0);
  expect(plane.problems()).toEqual([]);
});
