import { existsSync, readFileSync } from 'node:fs';
import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { logOf } from '../../batch/work.ts';
import { jobFacts, type Job } from '../../jobs/index.ts';
import { openHome, type Home } from '../../registry/index.ts';
import type { Context } from '../command.ts';
import { table } from '../table.ts';
import { shortTime } from '../with-registry.ts';

/** Opens the home folder for one action. */
export async function withHome<T>({ home: folder }: Context, use: (home: Home) => Promise<T>): Promise<T> {
  const home = await openHome({ home: folder, thread: 'inline' });
  try {
    return await use(home);
  } finally {
    await home.close();
  }
}

/** `slipway batch jobs` */
export async function jobs(context: Context): Promise<number> {
  const { json, terminal } = context;
  const found = await withHome(context, ({ jobs: store }) => store.list());
  if (json) terminal.printJson(found.map(jobFacts));
  else if (found.length === 0)
    terminal.say('There is no job yet. POST /api/v1/jobs and schedules make them; `slipway batch run` needs none.');
  else terminal.print(tableOf(context, found));
  return 0;
}

/** `slipway batch history NAME`: the jobs of a schedule. */
export async function history(context: Context, [name]: readonly string[]): Promise<number> {
  const { json, terminal } = context;
  const found = await withHome(context, async ({ jobs: store, schedules }) => {
    if (name !== undefined) await schedules.get(name);
    return (await store.list({ schedule: name })).filter(({ schedule }) => schedule !== null);
  });
  if (json) terminal.printJson(found.map(jobFacts));
  else if (found.length === 0) terminal.say('No schedule was due yet.');
  else terminal.print(tableOf(context, found));
  return 0;
}

/** `slipway batch show JOB`: state, counts and what it said. */
export async function show(context: Context, [id]: readonly string[]): Promise<number> {
  const { json, terminal, home } = context;
  const job = await withHome(context, ({ jobs: store }) => store.get(needed(id, 'show')));
  const path = logOf(home, job.id);
  const log = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (json) {
    terminal.printJson({ ...jobFacts(job), log });
    return 0;
  }
  terminal.print(tableOf(context, [job]));
  terminal.print(`${job.spec.input} → ${job.spec.output}`);
  if (job.error !== null) terminal.print(`error[${text(job.error['code'])}]: ${text(job.error['detail'])}`);
  if (log !== '') terminal.print(log.trimEnd());
  return 0;
}

/** `slipway batch cancel JOB` */
export async function cancel(context: Context, [id]: readonly string[]): Promise<number> {
  const { json, terminal } = context;
  const job = await withHome(context, ({ jobs: store }) => store.cancel(needed(id, 'cancel'), localActor));
  if (json) terminal.printJson(jobFacts(job));
  else terminal.print(job.state === 'running' ? `${job.id} is being stopped` : `${job.id} is cancelled`);
  return 0;
}

function tableOf({ terminal }: Context, found: readonly Job[]): string {
  const rows = found.map((job) => [
    job.id,
    job.schedule ?? '-',
    job.spec.model,
    String(jobFacts(job)['state']),
    shortTime(job.due_at ?? job.created_at),
    rowsOf(job),
    String(job.attempts),
  ]);
  const heading = ['job', 'schedule', 'model', 'state', 'when', 'rows', 'attempts'];
  return table([heading, ...rows], (line) => terminal.style('bold', line));
}

function rowsOf({ report, progress }: Job): string {
  const rows = (report?.['rows'] as { answered?: unknown } | undefined)?.answered ?? progress?.['rows'];
  return typeof rows === 'number' ? rows.toLocaleString('en') : '-';
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function needed(id: string | undefined, action: string): string {
  if (id !== undefined) return id;
  throw fail('USAGE', {
    problem: 'NAME is missing.',
    advice: `Write \`slipway batch ${action} JOB\`; \`slipway batch jobs\` lists them.`,
  });
}
