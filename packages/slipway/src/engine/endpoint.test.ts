import { afterEach, expect, test } from 'vitest';
import { fail } from '@slipway/core/errors';
import { bindAnswers } from '@slipway/core/signature';
import { sampleModel, sampleRow } from '../../../../test/sample-model.ts';
import { EndpointRoute, type EndpointRule } from './endpoint-route.ts';
import { EndpointPlane, ModelPlane, type ModelSource, type ServedModel, type VersionInfo } from './index.ts';
import { TargetHealth } from './target-health.ts';

const rule = (targets: Record<string, number>, more: Partial<EndpointRule> = {}): EndpointRule => ({
  name: 'live',
  revision: 1,
  targets: Object.entries(targets).map(([ref, weight]) => ({ ref, weight })),
  shadows: [],
  ...more,
});
const shares = (route: EndpointRoute, key: (i: number) => string | undefined, count = 10_000) => {
  const found: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const ref = route.choose(key(i))?.ref ?? 'none';
    found[ref] = (found[ref] ?? 0) + 1;
  }
  return found;
};

test('requests are shared by weight, by chance or by key', () => {
  const route = new EndpointRoute(rule({ 'churn:1': 9, 'churn:2': 1 }));
  for (const key of [() => undefined, (i: number) => `user-${i}`]) {
    const found = shares(route, key);
    expect(found['churn:1']).toBeGreaterThan(8800);
    expect(found['churn:2']).toBeGreaterThan(800);
  }
});

test('the same key gets the same version, and moves only when the shares do', () => {
  const [before, after] = [90, 80].map(
    (weight) => new EndpointRoute(rule({ 'churn:1': weight, 'churn:2': 100 - weight })),
  );
  let moved = 0;
  for (let i = 0; i < 2000; i++) {
    const [a, again, b] = [before, before, after].map((route) => route?.choose(`user-${i}`)?.ref);
    expect(a).toBe(again);
    if (a === 'churn:2') expect(b).toBe('churn:2');
    if (a !== b) moved++;
  }
  expect(moved / 2000).toBeGreaterThan(0.07);
  expect(moved / 2000).toBeLessThan(0.13);
});

test('paused, weightless and broken targets get nothing', () => {
  const targets = [
    { ref: 'churn:1', weight: 1 },
    { ref: 'churn:2', weight: 0 },
    { ref: 'churn:3', weight: 5, paused: 'by hand' },
    { ref: 'churn:4', weight: 5 },
  ];
  const route = new EndpointRoute({ ...rule({}), targets }, new Set(['churn:4']));
  expect(shares(route, () => undefined, 500)).toEqual({ 'churn:1': 500 });
  expect(new EndpointRoute({ ...rule({}), targets }, new Set(['churn:1', 'churn:4'])).choose()).toBeUndefined();
});

test('health is that of the window', () => {
  const health = new TargetHealth(10);
  for (let i = 0; i < 200; i++) health.observe(1000 + i, i === 0 ? 80 : 1, i % 10 === 0);
  expect(health.summary(2000)).toMatchObject({ requests: 200, errorRate: 0.1 });
  expect(health.summary(2000).p99Ms).toBeCloseTo(1.05, 0);
  health.observe(2500, 80, false);
  health.observe(2500, 80, false);
  expect(health.summary(2500).p99Ms).toBeGreaterThanOrEqual(80);
  expect(health.summary(2500).p99Ms).toBeLessThan(90);
  expect(health.summary(11_999).requests).toBe(2);
  expect(health.summary(13_000)).toEqual({ requests: 0, errorRate: 0, p99Ms: 0 });
});

test('a target over its limits is found, the stable one is not', () => {
  const limits = { error_rate: 0.05, latency_p99_ms: 20, min_requests: 10, window_s: 60 };
  const route = new EndpointRoute(rule({ 'churn:1': 1, 'churn:2': 1 }, { rollback: limits }));
  const [stable, canary] = route.targets;
  for (let i = 0; i < 50; i++) stable?.health.observe(1000, 500, true);
  for (let i = 0; i < 9; i++) canary?.health.observe(1000, 1, true);
  expect(route.unhealthy(1000)).toBeUndefined();
  canary?.health.observe(1000, 1, true);
  expect(route.unhealthy(1000)).toEqual({ ref: 'churn:2', why: 'error rate 100.0 % of 10 requests is over 5.0 %' });
  for (let i = 0; i < 400; i++) canary?.health.observe(1000, i < 10 ? 30 : 1, false);
  expect(route.unhealthy(1000)?.why).toMatch(/^p99 of 3\d\.\d ms is over 20 ms$/);
});

/** Versions of one model, with endpoints that tests change. */
class Source implements ModelSource {
  rules: EndpointRule[] = [];
  broken = new Set<number>();
  failing = new Set<number>();
  paused: string[] = [];
  #changed: (() => void)[] = [];

  resolve(ref: string): Promise<VersionInfo> {
    const version = Number(/^churn:(\d)$/.exec(ref)?.[1] ?? NaN);
    return version ? Promise.resolve(this.#info(version)) : Promise.reject(fail('MODEL_NOT_FOUND', { ref }));
  }
  async load({ version, digest }: VersionInfo): Promise<ServedModel> {
    if (this.broken.has(version)) throw fail('PARITY_FAILED', { problem: 'row 1 differs' });
    const model = await sampleModel({ name: 'churn', version, digest });
    const { failing } = this;
    const infer = model.infer.bind(model);
    model.infer = (inputs, count, signal) =>
      failing.has(version) ? Promise.reject(new Error('broken')) : infer(inputs, count, signal);
    return model;
  }
  models = () => Promise.resolve([this.#info(1)]);
  versions = () => Promise.resolve([this.#info(1)]);
  endpoints = () => Promise.resolve(this.rules);
  pauseTarget = (_rule: EndpointRule, ref: string, why: string) =>
    Promise.resolve(void this.paused.push(`${ref} ${why}`));
  watch(changed: () => void) {
    this.#changed.push(changed);
    return () => (this.#changed = []);
  }
  change = () => this.#changed.forEach((changed) => changed());
  #info = (version: number): VersionInfo => ({
    model: 'churn',
    version,
    digest: `sha256:${String(version).repeat(64)}`,
    createdAt: '',
    newest: true,
    aliases: [],
    size: 0,
    source: {},
    summary: {},
  });
}

let opened: EndpointPlane[] = [];
afterEach(() => {
  for (const plane of opened) plane.close();
  opened = [];
});
function planeOf(source: Source): EndpointPlane {
  const plane = new EndpointPlane(new ModelPlane({ source }));
  opened.push(plane);
  return plane;
}
const labelsOf = async (plane: EndpointPlane, count: number, header?: (i: number) => string) => {
  const labels = new Set<string>();
  for (let i = 0; i < count; i++) {
    const own = plane.forCall({ header: (name) => (name === 'x-user' ? header?.(i) : undefined) }) ?? plane;
    const model = await own.find('live');
    expect(model.answerRow(sampleRow, false)).toContain('prediction');
    labels.add(model.label);
  }
  return [...labels].toSorted();
};

test('an endpoint answers as its versions, and follows changes', async () => {
  const source = new Source();
  source.rules = [rule({ 'churn:1': 1, 'churn:2': 1 })];
  const plane = planeOf(source);
  expect(await labelsOf(plane, 60)).toEqual(['churn:1', 'churn:2']);
  source.rules = [rule({ 'churn:3': 1 })];
  await plane.refresh();
  expect(await labelsOf(plane, 20)).toEqual(['churn:3']);
  expect((await plane.find('churn:1')).label).toBe('churn:1');
  source.rules = [];
  await plane.refresh();
  await expect((async () => plane.find('live'))()).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
});

test('a caller stays with a version by header', async () => {
  const source = new Source();
  source.rules = [rule({ 'churn:1': 1, 'churn:2': 1 }, { sticky: { header: 'X-User' } })];
  const plane = planeOf(source);
  await plane.refresh();
  for (let user = 0; user < 20; user++) expect((await labelsOf(plane, 5, () => `user-${user}`)).length).toBe(1);
  expect((await labelsOf(plane, 50, (i) => `user-${i}`)).length).toBe(2);
});

test('a caller stays with a version by column, row by row in a batch', async () => {
  const source = new Source();
  source.rules = [rule({ 'churn:1': 1, 'churn:2': 1 }, { sticky: { column: 'age' } })];
  const plane = planeOf(source);
  await plane.refresh();
  const alone = new Map<number, string>();
  for (let age = 20; age < 60; age++) {
    const model = await plane.find('live');
    model.answerRow({ ...sampleRow, age }, false);
    alone.set(age, model.label);
  }
  expect(new Set(alone.values()).size).toBe(2);
  const rows = [...alone.keys()].map((age) => ({ ...sampleRow, age }));
  const call = await plane.find('live');
  const { tensors } = call.rows.decode(rows);
  const outputs = await call.infer(tensors, rows.length, new AbortController().signal);
  const single = await (await plane.find('churn:1')).infer(tensors, rows.length, new AbortController().signal);
  const texts = (of: typeof outputs) => rows.map((_, i) => bindAnswers(call.signature, of).json(i));
  expect(texts(outputs)).toEqual(texts(single));
  const before = plane.statuses('live').map(({ requests }) => requests);
  expect(before.reduce((sum, count) => sum + count, 0)).toBe(42);
});

test('a version that does not load gets no requests, and the others go on', async () => {
  const source = new Source();
  source.broken.add(2);
  source.rules = [rule({ 'churn:1': 1, 'churn:2': 9 })];
  const plane = planeOf(source);
  expect(await labelsOf(plane, 30)).toEqual(['churn:1']);
  expect(source.paused).toEqual([expect.stringContaining('churn:2 churn:2 could not be loaded')]);
});

test('a version that fails too often is paused; what clients do wrong does not count', async () => {
  const source = new Source();
  source.failing.add(2);
  const rollback = { error_rate: 0.5, min_requests: 5, window_s: 60 };
  source.rules = [rule({ 'churn:1': 1, 'churn:2': 1 }, { rollback })];
  const plane = planeOf(source);
  const gone = AbortSignal.abort(new Error('gone'));
  for (let i = 0; i < 60; i++) {
    const call = await plane.find('live');
    const { tensors } = call.rows.decode([sampleRow, sampleRow]);
    await call.infer(tensors, 2, i < 20 ? gone : new AbortController().signal).catch(() => undefined);
  }
  for (let i = 0; i < 40 && source.paused.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(source.paused).toEqual([expect.stringMatching(/^churn:2 error rate 100\.0 % of \d+ requests/)]);
  expect(await labelsOf(plane, 30)).toEqual(['churn:1']);
});

test('shadows answer along: compared, counted, never returned', async () => {
  const source = new Source();
  source.rules = [rule({ 'churn:1': 1 }, { shadows: ['churn:2', 'churn:3'] })];
  source.broken.add(3);
  const plane = planeOf(source);
  expect(await labelsOf(plane, 5)).toEqual(['churn:1']);
  const call = await plane.find('live');
  await call.infer(call.rows.decode([sampleRow, sampleRow]).tensors, 2, new AbortController().signal);
  for (let i = 0; i < 40 && plane.shadowCounts().length < 2; i++)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect(plane.shadowCounts()).toEqual(
    expect.arrayContaining([[{ endpoint: 'live', model: 'churn:2', result: 'equal' }, 7]]),
  );
  expect(plane.shadowCounts().find(([{ result }]) => result === 'failed')?.[1]).toBe(7);
});
