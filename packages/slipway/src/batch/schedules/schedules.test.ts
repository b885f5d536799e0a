import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localActor } from '../../access/index.ts';
import { type ScheduleSpec } from '../../jobs/index.ts';
import { openHome, type Home } from '../../registry/index.ts';
import { silentLog } from '../../telemetry/index.ts';
import { cronOf, timesOf } from './cron.ts';
import { dueTimes, Scheduler } from './scheduler.ts';
import { fillTemplate } from './template.ts';

const at = (text: string) => new Date(text);
const nextTimes = (cron: string, timezone: string, from: string, count: number) => {
  const times = timesOf(cronOf(cron), timezone);
  const found: string[] = [];
  for (let next = times.next(at(from)); next && found.length < count; next = times.next(next))
    found.push(next.toISOString());
  return found;
};

describe('times', () => {
  test.for([
    ['weekly', 'UTC', '2026-11-21T00:00:00Z', ['2026-11-23T02:00:00.000Z', '2026-11-30T02:00:00.000Z']],
    ['monthly', 'UTC', '2026-11-21T00:00:00Z', ['2026-12-01T02:00:00.000Z', '2027-01-01T02:00:00.000Z']],
    ['daily', 'Asia/Kolkata', '2026-11-21T00:00:00Z', ['2026-11-21T20:30:00.000Z', '2026-11-22T20:30:00.000Z']],
    ['hourly', 'UTC', '2026-11-21T00:30:00Z', ['2026-11-21T01:05:00.000Z', '2026-11-21T02:05:00.000Z']],
  ] as const)('%s in %s', ([cron, zone, from, expected]) => {
    expect(nextTimes(cron, zone, from, 2)).toEqual(expected);
  });

  test('an hour that summer time leaves out moves to its end on that day', () => {
    // 29 March 2026 in Berlin: after 01:59 comes 03:00.
    expect(nextTimes('30 2 * * *', 'Europe/Berlin', '2026-03-28T00:00:00Z', 3)).toEqual([
      '2026-03-28T01:30:00.000Z',
      '2026-03-29T01:00:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
  });

  test('an hour that comes twice is due once', () => {
    // 25 October 2026 in Berlin: after 02:59 comes 02:00 again.
    const days = nextTimes('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 3);
    expect(days.map((day) => day.slice(0, 10))).toEqual(['2026-10-25', '2026-10-26', '2026-10-27']);
    expect(days.slice(1)).toEqual(['2026-10-26T01:30:00.000Z', '2026-10-27T01:30:00.000Z']);
  });

  test('a week is a week of the calendar, whatever the clock does', () => {
    expect(nextTimes('0 2 * * 1', 'Europe/Berlin', '2026-10-13T00:00:00Z', 3)).toEqual([
      '2026-10-19T00:00:00.000Z',
      '2026-10-26T01:00:00.000Z',
      '2026-11-02T01:00:00.000Z',
    ]);
  });

  test.for([
    ['0 2 * *', 'UTC', 'five fields'],
    ['99 2 * * *', 'UTC', 'no pattern'],
    ['0 2 * * * *', 'UTC', 'five fields'],
    ['0 2 * * 1', 'Mars/Olympus', 'no time zone'],
  ] as const)('%s in %s is refused', ([cron, zone, why]) => {
    expect(() => timesOf(cron, zone)).toThrow(why);
  });
});

test('templates are the calendar of the time zone', () => {
  const fill = (text: string, time: string, zone: string) => fillTemplate(text, at(time), zone);
  expect(fill('out/{date}/{time}-{week}.csv', '2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe(
    'out/2026-11-23/0030-2026-W48.csv',
  );
  expect(fill('{year}/{month}/{day}/{hour}/{yesterday}', '2026-01-01T05:00:00Z', 'America/New_York')).toBe(
    '2026/01/01/00/2025-12-31',
  );
  expect(fill('{date}', '2026-12-31T23:30:00Z', 'UTC')).toBe('2026-12-31');
  expect(fill('{week}', '2027-01-01T12:00:00Z', 'UTC')).toBe('2026-W53');
  expect(fill('in/*.{csv,parquet}', '2026-12-31T23:30:00Z', 'UTC')).toBe('in/*.{csv,parquet}');
  expect(() => fill('{dat}', '2026-12-31T23:30:00Z', 'UTC')).toThrow('no template');
});

describe('with a clock of its own', () => {
  let folder: string;
  let home: Home;
  let now: Date;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-schedules-'));
    now = at('2026-11-21T12:00:00Z');
    home = await openHome({ home: folder, thread: 'inline', now: () => now });
  });
  afterEach(async () => {
    await home.close();
    rmSync(folder, { recursive: true });
  });

  const spec = (more: Partial<ScheduleSpec> = {}): ScheduleSpec => ({
    cron: '0 * * * *',
    timezone: 'UTC',
    missed: 'once',
    overlap: 'queue',
    job: { model: 'churn', input: '/in', output: '/out/{date}-{hour}' },
    ...more,
  });
  const scheduler = () => new Scheduler({ jobs: home.jobs, schedules: home.schedules, log: silentLog, now: () => now });
  const due = async () => (await home.jobs.list()).toReversed().map((job) => [job.due_at?.slice(11, 16), job.state]);

  test('each time has one job, however many look and however often', async () => {
    await home.schedules.set('s', spec(), localActor);
    const [one, two] = [scheduler(), scheduler()];
    for (const time of ['12:30:00', '13:00:00', '13:00:01', '13:30:00', '14:00:02']) {
      now = at(`2026-11-21T${time}Z`);
      await Promise.all([one.look(), two.look()]);
    }
    expect(await due()).toEqual([
      ['13:00', 'queued'],
      ['14:00', 'queued'],
    ]);
    expect((await home.jobs.list()).map((job) => job.spec.output)).toEqual([
      '/out/2026-11-21-14',
      '/out/2026-11-21-13',
    ]);
  });

  test.for([
    ['skip', []],
    ['once', ['15:00']],
    ['all', ['13:00', '14:00', '15:00']],
  ] as const)('times that were missed: %s', async ([missed, expected]) => {
    await home.schedules.set('s', spec({ missed }), localActor);
    now = at('2026-11-21T15:20:00Z');
    await scheduler().look();
    expect((await due()).map(([time]) => time)).toEqual(expected);
    // The next one comes as usual.
    now = at('2026-11-21T16:00:10Z');
    await scheduler().look();
    expect((await due()).at(-1)).toEqual(['16:00', 'queued']);
  });

  test.for([
    ['skip', ['queued', 'skipped']],
    ['queue', ['queued', 'queued']],
    ['parallel', ['queued', 'queued']],
  ] as const)('the job before is not over: %s', async ([overlap, expected]) => {
    await home.schedules.set('s', spec({ overlap }), localActor);
    for (const time of ['13:00:01', '14:00:01']) {
      now = at(`2026-11-21T${time}Z`);
      await scheduler().look();
    }
    expect((await due()).map(([, state]) => state)).toEqual(expected);
  });

  test('a clock that jumps back repeats nothing, and one that was far ahead does not stop the schedule', async () => {
    await home.schedules.set('s', spec(), localActor);
    for (const time of [
      '2026-11-21T13:00:01Z',
      '2026-11-21T12:10:00Z',
      '2026-11-21T13:00:05Z',
      '2026-11-21T14:00:01Z',
    ]) {
      now = at(time);
      await scheduler().look();
    }
    expect((await due()).map(([time]) => time)).toEqual(['13:00', '14:00']);
    now = at('2030-01-01T00:00:10Z');
    await scheduler().look();
    now = at('2026-11-21T14:10:00Z');
    await scheduler().look();
    now = at('2026-11-21T15:00:03Z');
    await scheduler().look();
    expect(
      (await home.jobs.list())
        .map((job) => String(job.due_at))
        .toSorted((a, b) => a.localeCompare(b))
        .slice(-2),
    ).toEqual(['2026-11-21T15:00:00.000Z', '2030-01-01T00:00:00.000Z']);
  });

  test('a paused schedule makes no job, and does not make up for its pause', async () => {
    await home.schedules.set('s', spec({ missed: 'all' }), localActor);
    await home.schedules.pause('s', true, localActor);
    now = at('2026-11-21T15:00:01Z');
    await scheduler().look();
    await home.schedules.pause('s', false, localActor);
    await scheduler().look();
    expect(await due()).toEqual([]);
    now = at('2026-11-21T16:00:01Z');
    await scheduler().look();
    expect(await due()).toEqual([['16:00', 'queued']]);
    await home.schedules.delete('s', localActor);
    await expect(home.schedules.get('s')).rejects.toMatchObject({ code: 'SCHEDULE_NOT_FOUND' });
    expect(await home.jobs.list({ schedule: 's' })).toHaveLength(1);
  });

  test('years without a look end in bounded work', () => {
    const { due: made } = dueTimes(spec({ missed: 'all' }), at('2024-01-01T00:00:00Z'), at('2026-01-01T00:00:00Z'));
    expect(made).toHaveLength(100);
    expect(made.at(-1)?.toISOString()).toBe('2026-01-01T00:00:00.000Z');
  });

  test('jobs: claimed once, lost ones go on, cancelled ones stop', async () => {
    const job = (await home.jobs.create({ model: 'churn@champion', input: 'a', output: 'b' }, localActor))!;
    const [one, two] = await Promise.all([home.jobs.claim('one', () => false), home.jobs.claim('two', () => false)]);
    expect([one, two].filter(Boolean)).toHaveLength(1);
    const owner = one ? 'one' : 'two';
    expect(await home.jobs.beat(job.id, owner, { rows: 5 })).toBe(true);
    expect(await home.jobs.beat(job.id, 'other', undefined)).toBe(false);
    // Nobody beats any more: the next one takes it over.
    now = new Date(now.getTime() + 60_000);
    const taken = await home.jobs.claim('three', () => false);
    expect(taken).toMatchObject({ id: job.id, attempts: 2, progress: { rows: 5 } });
    expect(await home.jobs.beat(job.id, owner, undefined)).toBe(false);
    await home.jobs.cancel(job.id, localActor);
    expect(await home.jobs.beat(job.id, 'three', undefined)).toBe(false);
    await home.jobs.finish(job.id, 'three', 'cancelled', {});
    expect((await home.jobs.get(job.id)).state).toBe('cancelled');
    await expect(home.jobs.cancel(job.id, localActor)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
