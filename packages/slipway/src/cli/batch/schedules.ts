import { resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { cronOf, timesOf } from '../../batch/work.ts';
import { parseSetting } from '../../config/index.ts';
import { parseReference } from '../../registry/index.ts';
import type { JobSpec, Schedule, ScheduleSpec } from '../../jobs/index.ts';
import type { Context } from '../command.ts';
import { isSource } from '../open-reference.ts';
import { table } from '../table.ts';
import { withHome } from './jobs.ts';
import { list } from './run.ts';

const usage = (problem: string, advice: string) => fail('USAGE', { problem, advice });

/** `slipway batch schedule NAME MODEL --input … --output … --cron …` */
export async function schedule(context: Context, [name, model]: readonly string[]): Promise<number> {
  const { flags, terminal, json } = context;
  const advice = 'Write `slipway batch schedule NAME MODEL --input in/ --output out/{date} --cron weekly`.';
  if (name === undefined || model === undefined) throw usage('NAME or MODEL is missing.', advice);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
    throw usage(`${JSON.stringify(name)} cannot be the name of a schedule.`, 'Use letters, digits, ".", "_" and "-".');
  if (!isSource(model) && !parseReference(model)) throw fail('MODEL_NOT_FOUND', { ref: model });
  const cron = cronOf(flags.text('cron') ?? '');
  if (cron === '') throw usage('--cron is missing.', advice);
  const timezone = flags.text('timezone') ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const times = timesOf(cron, timezone);
  const spec: ScheduleSpec = {
    cron,
    timezone,
    missed: (flags.text('missed') ?? 'once') as ScheduleSpec['missed'],
    overlap: (flags.text('overlap') ?? 'skip') as ScheduleSpec['overlap'],
    job: jobOf(context, model, advice),
  };
  const made = await withHome(context, ({ schedules: store }) => store.set(name, spec, localActor));
  if (json) terminal.printJson({ ...made, next_at: nextOf(made) });
  else {
    const next = times.next(new Date());
    terminal.print(
      `${name} is due ${next ? `at ${timeIn(next, timezone)} (${timezone})` : 'never'}; \`slipway up\` runs it`,
    );
  }
  return 0;
}

function jobOf({ flags }: Context, model: string, advice: string): JobSpec {
  const [input, output] = [flags.text('input'), flags.text('output')];
  if (!input || !output) throw usage(`--${input ? 'output' : 'input'} is missing.`, advice);
  const webhook = flags.text('webhook');
  if (webhook !== undefined && !/^https?:\/\//.test(webhook))
    throw usage(`--webhook ${webhook} is no address.`, 'It begins with http:// or https://.');
  const retries = flags.number('retries') ?? 0;
  if (!Number.isInteger(retries) || retries < 0 || retries > 100)
    throw usage(`--retries must be a whole number from 0 to 100, not ${retries}.`, 'Say for example --retries 3.');
  return {
    model: isSource(model) && !/^[a-z]+:/i.test(model) ? resolve(model) : model,
    input: absolute(input),
    output: absolute(output),
    columns: list(flags.text('columns')),
    where: flags.text('where'),
    format: flags.text('format'),
    on_error: flags.text('on-error') as JobSpec['on_error'],
    key: flags.text('key'),
    force: flags.has('force') || undefined,
    threads: flags.number('threads'),
    retries,
    retry_s: secondsOf(flags.text('retry-after')),
    webhook,
  };
}

/** The server that runs it may stand in another folder. */
function absolute(place: string): string {
  if (/^https?:/i.test(place)) return place;
  const [, path = place, table_ = ''] = /^(.*?)(#[^/\\]+)?$/.exec(place.replace(/^sqlite:/i, '')) ?? [];
  const end = /[\\/]$/.test(path) ? '/' : '';
  return `${table_ === '' ? '' : 'sqlite:'}${resolve(path)}${end}${table_}`;
}

function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const parsed = parseSetting('duration', text);
  if (parsed.expected !== undefined) throw usage(`--retry-after: expected ${parsed.expected}.`, 'For example 5min.');
  return Math.max(1, Math.round(Number(parsed.value) / 1000));
}

/** `slipway batch schedules` */
export async function schedules(context: Context): Promise<number> {
  const { json, terminal } = context;
  const found = await withHome(context, ({ schedules: store }) => store.list());
  if (json) terminal.printJson(found.map((one) => ({ ...one, next_at: nextOf(one) })));
  else if (found.length === 0)
    terminal.say(
      'There is no schedule yet. Make one: slipway batch schedule NAME MODEL --input in/ --output out/{date} --cron weekly',
    );
  else {
    const rows = found.map((one) => {
      const next = nextOf(one);
      const when = one.paused ? 'paused' : next === null ? 'never' : timeIn(new Date(next), one.timezone);
      return [one.name, one.job.model, one.cron, one.timezone, when];
    });
    terminal.print(
      table([['schedule', 'model', 'cron', 'timezone', 'next'], ...rows], (line) => terminal.style('bold', line)),
    );
  }
  return 0;
}

/** `slipway batch pause|resume|unschedule NAME` */
export function change(action: 'pause' | 'resume' | 'unschedule') {
  return async (context: Context, [name]: readonly string[]): Promise<number> => {
    if (name === undefined) throw usage('NAME is missing.', `Write \`slipway batch ${action} NAME\`.`);
    const { json, terminal } = context;
    await withHome(context, async ({ schedules: store }) => {
      if (action === 'unschedule') await store.delete(name, localActor);
      else await store.pause(name, action === 'pause', localActor);
    });
    const said = { pause: 'is paused', resume: 'goes on', unschedule: 'is deleted; its jobs stay' }[action];
    if (json) terminal.printJson({ name, action });
    else terminal.print(`${name} ${said}`);
    return 0;
  };
}

function nextOf({ cron, timezone, paused }: Schedule): string | null {
  return paused ? null : (timesOf(cron, timezone).next(new Date())?.toISOString() ?? null);
}

/** `2026-11-23 02:00` */
function timeIn(at: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(at);
}
