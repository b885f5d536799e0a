import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, SlipwayError } from '@slipway/core/errors';
import { checkUnchanged } from './inputs/input-file.ts';
import { readJournal, type Planned } from './journal.ts';
import { takeLock } from './lock.ts';
import { digestOf } from './draft.ts';
import { finish } from './finish.ts';
import { planBatch, type BatchOptions, type Plan } from './plan.ts';
import { Progress, type ProgressReport } from './progress.ts';
import { chooseExecutor } from './scoring/executor.ts';
import { openCrew } from './scoring/crew.ts';
import type { Report } from './report/report.ts';
import { sources, type Piece } from './sources/index.ts';
import { checkTarget, type Target } from './target.ts';
import { Writing } from './writing.ts';

export interface RunOptions extends BatchOptions {
  /** Goes on with a job that was stopped. */
  readonly resume?: boolean | undefined;
  /** Does a finished job again, and replaces what another job wrote. */
  readonly force?: boolean | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((report: ProgressReport) => void) | undefined;
  readonly onNote?: ((text: string) => void) | undefined;
}

export interface RunResult {
  readonly report: Report;
  /** The job was done before, and nothing was to do. */
  readonly wasDone: boolean;
}

/**
 * Scores whole tables. Answers grow in a folder beside the target, with a journal of what is done; they appear under their
 * names when everything is there. Stopped anywhere, a resumed job writes the very same bytes.
 */
export async function runBatch(options: RunOptions): Promise<RunResult> {
  const { resume = false, force = false, signal = new AbortController().signal, onNote = () => {} } = options;
  const plan = await planBatch(options, signal);
  const { target, identity } = plan;
  restoreOld(target);
  const before = checkTarget(target);
  if (before && !force) {
    if (before.identity === identity && isIntact(before, target)) {
      rmSync(target.work, { recursive: true, force: true });
      return { report: before, wasDone: true };
    }
    if (before.identity !== identity || target.kind === 'table') throw otherJob(target, before.identity === identity);
  }
  mkdirSync(target.work, { recursive: true });
  const lock = takeLock(join(target.work, 'lock'), target.name);
  try {
    const found = readJournal(journalPath(target));
    const [first] = found;
    const planned = first?.entry.kind === 'plan' ? first.entry : undefined;
    const isDone = found.at(-1)?.entry.kind === 'finished' && planned?.identity === identity;
    if (planned && resume && planned.identity !== identity) throw otherInput(plan);
    const goesOn = planned !== undefined && planned.identity === identity && (resume || isDone);
    if (planned && !goesOn) {
      onNote('An earlier run was stopped before its end; this one starts over. (--resume goes on with it.)');
      for (const name of ['journal.jsonl', 'out', 'rejects.jsonl'])
        rmSync(join(target.work, name), { recursive: true, force: true });
    }
    if (isDone && goesOn) {
      const entries = found.map(({ entry }) => entry);
      return {
        report: finish(plan, entries, { started: new Date().toISOString(), seconds: 0, resumed: true }),
        wasDone: false,
      };
    }
    return {
      report: await score(plan, options, goesOn ? planned : undefined, () => lock.touch(), signal),
      wasDone: false,
    };
  } catch (error) {
    // What cannot be gone on with leaves nothing behind.
    if (error instanceof SlipwayError && !isResumable(error)) rmSync(target.work, { recursive: true, force: true });
    throw error;
  } finally {
    lock.release();
  }
}

/** Errors that pass: the work that is done is kept for `--resume`. */
function isResumable({ code }: SlipwayError): boolean {
  return ['NO_SPACE', 'FILE_NOT_FOUND', 'INPUT_CHANGED', 'CONFLICT', 'OUTPUT_EXISTS'].includes(code);
}

async function score(
  plan: Plan,
  { threads: asked, onProgress, runtime }: RunOptions,
  before: Planned | undefined,
  touch: () => void,
  signal: AbortSignal,
): Promise<Report> {
  const { inputs, outputs, spec, identity } = plan;
  const inputBytes = inputs.reduce((sum, { size }) => sum + size, 0);
  const threads = asked ?? (inputBytes < WORTH_THREADS ? 1 : availableParallelism());
  const chosen =
    before ??
    (runtime ? { executor: runtime, measured: {} } : await chooseExecutor(spec, await firstPiece(plan), inputBytes));
  const planned: Planned = {
    kind: 'plan',
    run: before?.run ?? randomUUID(),
    identity,
    executor: chosen.executor,
    measured: chosen.measured,
    columns: spec.columns,
  };
  using writing = await Writing.open(plan, planned, before !== undefined);
  const progress = new Progress(inputs, writing.state, onProgress);
  await using crew = await openCrew({ ...spec, executor: planned.executor }, threads);
  let synced = performance.now();
  for (const [at, output] of outputs.entries()) {
    if (writing.state.written.has(at)) continue;
    writing.begin(at);
    for (const input of output.inputs) {
      const file = inputs[input];
      if (!file || writing.state.read.has(input)) continue;
      checkUnchanged(file);
      const source = await sources[file.format]();
      const underWay: (() => Promise<void>)[] = [];
      for await (const { piece, share, next } of source.cut(
        file,
        writing.state.places.get(input),
        writing.state.pieces,
        plan.pieces,
      )) {
        signal.throwIfAborted();
        const scored = crew.score(piece);
        // It may fail before its turn; it is awaited, and thrown, then.
        scored.catch(() => undefined);
        const { index } = piece;
        const commit = async () => {
          writing.commit({ index, output: at, input, share, next }, await scored);
          progress.tell(input, share);
          if (performance.now() - synced < 1000) return;
          writing.sync();
          touch();
          synced = performance.now();
        };
        underWay.push(commit);
        while (underWay.length >= crew.ahead) await underWay.shift()?.();
      }
      for (const commit of underWay) {
        signal.throwIfAborted();
        await commit();
      }
      checkUnchanged(file);
      writing.endInput(at, input);
    }
    writing.endOutput(at);
  }
  writing.finished();
  progress.end();
  return finish(plan, writing.entries, {
    started: progress.started,
    seconds: progress.seconds,
    resumed: before !== undefined,
  });
}

async function firstPiece({ inputs, pieces }: Plan): Promise<Piece | undefined> {
  const [file] = inputs;
  if (!file) return undefined;
  for await (const { piece } of (await sources[file.format]()).cut(file, undefined, 0, pieces)) return piece;
  return undefined;
}

/** Below so many bytes of input, threads take longer to start than to help. */
const WORTH_THREADS = 8 * 2 ** 20;

const journalPath = ({ work }: Target): string => join(work, 'journal.jsonl');

/** A kill between the two renames of a folder leaves the old one in the work folder. */
function restoreOld({ kind, path, work }: Target): void {
  const old = join(work, 'old');
  if (kind === 'folder' && !existsSync(path) && existsSync(old) && !existsSync(join(work, 'out'))) {
    mkdirSync(dirname(path), { recursive: true });
    renameSync(old, path);
  }
}

/** The outputs are there as the report says. */
function isIntact({ outputs }: Report, { kind, path }: Target): boolean {
  if (kind === 'table') return existsSync(path);
  return outputs.every(({ name, sha256 }) => digestOf(kind === 'folder' ? join(path, name) : path) === sha256);
}

function otherJob({ name, kind }: Target, isSame: boolean) {
  if (isSame) return fail('OUTPUT_EXISTS', { path: name, problem: 'the table is gone that this job wrote.' });
  const problem = 'another job wrote it: the model, the input or an option has changed since.';
  const again = kind === 'table' ? '--force adds the answers to the table' : '--force replaces it';
  return fail('OUTPUT_EXISTS', { path: name, problem }, { hint: `${again}; or choose another --output.` });
}

function otherInput({ options }: Plan) {
  const problem = 'it, the model or an option is not what it was when the job began.';
  return fail('INPUT_CHANGED', { path: options.input, problem });
}
