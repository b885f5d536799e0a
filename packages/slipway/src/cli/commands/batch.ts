import { fail } from '@slipway/core/errors';
import type { Command, Context } from '../command.ts';
import { runtimeFlag } from '../runtime-for.ts';

type Action = (context: Context, rest: readonly string[]) => Promise<number>;

const actions: Readonly<Record<string, () => Promise<Action>>> = {
  run: async () => (await import('../batch/run.ts')).run,
  schedule: async () => (await import('../batch/schedules.ts')).schedule,
  schedules: async () => (await import('../batch/schedules.ts')).schedules,
  pause: async () => (await import('../batch/schedules.ts')).change('pause'),
  resume: async () => (await import('../batch/schedules.ts')).change('resume'),
  unschedule: async () => (await import('../batch/schedules.ts')).change('unschedule'),
  history: async () => (await import('../batch/jobs.ts')).history,
  jobs: async () => (await import('../batch/jobs.ts')).jobs,
  show: async () => (await import('../batch/jobs.ts')).show,
  cancel: async () => (await import('../batch/jobs.ts')).cancel,
};

/** `slipway batch run|schedule|schedules|pause|resume|unschedule|history|jobs|show|cancel` */
export const batch: Command = {
  name: 'batch',
  summary: 'score whole files, folders and tables, now or on a schedule',
  about: `run scores every row of the input. Inputs and outputs are CSV, JSON lines (both also .gz, inputs .zst too), Parquet, Arrow streams and
SQLite tables (sqlite:FILE.db#TABLE); the input may be a file, a folder, a pattern or an http(s) address. A folder as output gets one file for each
input, with report.json and report.html. Everything appears when all of it is there.

A bad row ends the job; with --on-error reject bad rows go to a rejects file with the reason. A job that was stopped, even by kill -9, goes
on with --resume and writes the very same bytes. A job that is done is not done again.

schedule makes such a job again and again while \`slipway up\` runs; {date}, {yesterday}, {year}, {month}, {day}, {hour}, {time} and {week} in
its paths are those of the time that was due. schedules, pause, resume and unschedule manage them, history lists what they did. jobs, show
and cancel are about single jobs, also those that POST /api/v1/jobs makes.`,
  args: [
    { name: 'ACTION', help: `${Object.keys(actions).slice(0, -1).join(', ')} or cancel.` },
    { name: 'NAME', help: 'run: the model; else the schedule or the job.', optional: true },
    { name: 'MODEL', help: 'schedule: the model, such as churn@champion or a model file.', optional: true },
  ],
  flags: [
    {
      name: 'input',
      value: 'PLACE',
      help: 'File, folder, pattern, http(s) address, or sqlite:FILE.db#TABLE.',
      env: false,
    },
    { name: 'output', value: 'PLACE', help: 'Folder, file, or sqlite:FILE.db#TABLE.', env: false },
    { name: 'columns', value: 'NAMES', help: 'Input columns to keep beside the answers; * for all.', env: false },
    { name: 'where', value: 'CONDITION', help: `Rows that count: "country = 'DE' and age >= 18".`, env: false },
    {
      name: 'on-error',
      value: 'WHAT',
      choices: ['stop', 'reject'],
      help: 'What a bad row does (default: stop).',
      env: false,
    },
    {
      name: 'format',
      value: 'FORMAT',
      choices: ['csv', 'jsonl', 'parquet', 'arrow'],
      help: 'Format in an output folder (default: that of the input).',
      env: false,
    },
    {
      name: 'key',
      value: 'COLUMN',
      help: 'Replace rows of an output table that have the same value there.',
      env: false,
    },
    { name: 'resume', help: 'Go on with a job that was stopped.', env: false },
    { name: 'force', help: 'Do a finished job again; replace what another job wrote.', env: false },
    {
      name: 'threads',
      value: 'N',
      type: 'number',
      help: 'Threads that score (default: one for each core where there is much to do).',
      env: false,
    },
    { name: 'within', value: 'FOLDERS', help: 'Read and write only below these folders.', env: false },
    { ...runtimeFlag, env: false },
    {
      name: 'cron',
      value: 'TIMES',
      help: 'schedule: hourly, daily, weekly, monthly, or five fields: "0 2 * * 1".',
      env: false,
    },
    {
      name: 'timezone',
      value: 'ZONE',
      help: 'schedule: such as Europe/Berlin (default: that of this machine).',
      env: false,
    },
    {
      name: 'missed',
      value: 'WHAT',
      choices: ['skip', 'once', 'all'],
      help: 'schedule: times that passed while nothing ran (default: once).',
      env: false,
    },
    {
      name: 'overlap',
      value: 'WHAT',
      choices: ['skip', 'queue', 'parallel'],
      help: 'schedule: the job before still runs (default: skip).',
      env: false,
    },
    {
      name: 'retries',
      value: 'N',
      type: 'number',
      help: 'schedule: try a job that failed again so often (default: 0).',
      env: false,
    },
    {
      name: 'retry-after',
      value: 'TIME',
      help: 'schedule: wait so long before the first try; it doubles (default: 60s).',
      env: false,
    },
    { name: 'webhook', value: 'URL', help: 'schedule: told of the end of each job by POST.', env: false },
  ],
  examples: [
    {
      run: 'slipway batch run churn@champion --input in/ --output out/ --columns id',
      does: 'A folder in, a folder out',
    },
    { run: 'slipway batch run churn --input "in/*.csv" --output scores.parquet', does: 'Many files into one' },
    {
      run: 'slipway batch schedule weekly churn@champion --input in/ --output out/{date} --cron "0 2 * * 1" --timezone Europe/Berlin',
      does: 'Every Monday at two',
    },
    { run: 'slipway batch history weekly', does: 'What it did' },
  ],
  async run(context) {
    const [action = '', ...rest] = context.args;
    const load = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (!load)
      throw fail('USAGE', {
        problem: `${JSON.stringify(action)} is no action.`,
        advice: `It is one of ${Object.keys(actions).join(', ')}.`,
      });
    return await (
      await load()
    )(context, rest);
  },
};
