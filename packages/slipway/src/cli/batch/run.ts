import { fail } from '@slipway/core/errors';
import type { ProgressReport, RunOptions, RunResult } from '../../batch/index.ts';
import type { Context } from '../command.ts';
import { openReference } from '../open-reference.ts';
import { runtimeChoice } from '../runtime-for.ts';

/** Progress that nobody looks at is told less often. */
const QUIET_MS = 10_000;
const EVENT_MS = 1000;

/** `slipway batch run MODEL --input … --output …` */
export async function run(context: Context, [word]: readonly string[]): Promise<number> {
  const { flags, terminal } = context;
  if (word === undefined)
    throw fail('USAGE', {
      problem: 'MODEL is missing.',
      advice: 'Write `slipway batch run MODEL --input in/ --output out/`.',
    });
  const [input, output] = [needed(context, 'input'), needed(context, 'output')];
  const { runBatch } = await import('../../batch/index.ts');
  const { pkg, name, version } = await openReference(word, context);
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => stop.abort(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  // Started by a server, it does not outlive it.
  process.once('disconnect', () => stop.abort('SIGTERM'));
  process.channel?.unref();
  try {
    const result = await runBatch({
      pkg,
      model: { ref: word, name, version },
      input,
      output,
      columns: list(flags.text('columns')),
      where: flags.text('where'),
      format: flags.text('format') as RunOptions['format'],
      onError: flags.text('on-error') as RunOptions['onError'],
      key: flags.text('key'),
      runtime: runtimeChoice(flags),
      resume: flags.has('resume'),
      force: flags.has('force'),
      within: list(flags.text('within')),
      threads: threadsOf(flags.number('threads')),
      signal: stop.signal,
      onProgress: teller(context),
      onNote: (text) => terminal.warn(text),
    });
    terminal.endProgress();
    tell(context, result);
    return 0;
  } catch (error) {
    terminal.endProgress();
    if (!stop.signal.aborted) throw error;
    terminal.say('stopped; the same command with --resume goes on from here');
    return stop.signal.reason === 'SIGINT' ? 130 : 143;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

/** Progress in a line on a terminal, else as JSON: on stdout with `--json`, on stderr now and then. */
function teller({ json, terminal }: Context): (report: ProgressReport) => void {
  let told = performance.now();
  return (report) => {
    const { rows, rejected, share, rate, eta_s: left } = report;
    if (process.stderr.isTTY && !json) {
      const bad = rejected > 0 ? `, ${rejected.toLocaleString('en')} rejected` : '';
      const time = left === null ? '' : `, ${left} s left`;
      terminal.progress(
        `${(share * 100).toFixed(0)} %  ${rows.toLocaleString('en')} rows${bad}, ${rate.toLocaleString('en')} rows/s${time}`,
      );
      return;
    }
    if (performance.now() - told < (json ? EVENT_MS : QUIET_MS)) return;
    told = performance.now();
    const line = `${JSON.stringify(report)}\n`;
    if (json) process.stdout.write(line);
    else process.stderr.write(line);
  };
}

function tell({ json, terminal }: Context, { report, wasDone }: RunResult): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ event: 'done', was_done: wasDone, ...report })}\n`);
    return;
  }
  const { rows, outputs, rejects, warned } = report;
  const count = (n: number, what: string) => `${n.toLocaleString('en')} ${what}`;
  if (wasDone) terminal.say('This job is done already; --force does it again.');
  const parts = [
    `${count(rows.read, 'rows read')}: ${count(rows.answered, 'answered')}`,
    ...(rows.rejected > 0 ? [`${count(rows.rejected, 'rejected')} (${rejects ?? ''})`] : []),
    ...(rows.filtered > 0 ? [count(rows.filtered, 'left out by --where')] : []),
  ];
  terminal.print(parts.join(', '));
  if (warned > 0) terminal.warn(`${count(warned, 'rows')} with a warning, such as: ${report.warnings[0] ?? ''}`);
  terminal.print(
    `${outputs.length === 1 ? (outputs[0]?.name ?? '') : count(outputs.length, 'files')} written in ${report.seconds.toFixed(1)} s`,
  );
}

function needed({ flags }: Context, name: string): string {
  const value = flags.text(name);
  if (value !== undefined && value !== '') return value;
  throw fail('USAGE', {
    problem: `--${name} is missing.`,
    advice: 'Write `slipway batch run MODEL --input in/ --output out/`.',
  });
}

/** `id, date` */
export function list(text: string | undefined): readonly string[] | undefined {
  const names = text?.split(',').map((name) => name.trim());
  return names?.filter((name) => name !== '');
}

function threadsOf(count: number | undefined): number | undefined {
  if (count === undefined || (Number.isInteger(count) && count >= 1 && count <= 256)) return count;
  throw fail('USAGE', {
    problem: `--threads must be a whole number from 1 to 256, not ${count}.`,
    advice: 'One for each core is the default.',
  });
}
