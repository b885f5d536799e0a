import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { Package } from '@slipway/core/package';
import { bindAnswers, type AnswerCell } from '@slipway/core/signature';
import { exampleInputs, runtimeFor, stepsOf, type RuntimeChoice } from '../runtimes/load.ts';
import { isWithin } from '../stores/index.ts';
import type { Format } from './format.ts';
import { download, isRemote } from './inputs/download.ts';
import { findInputs } from './inputs/find.ts';
import type { InputFile } from './inputs/input-file.ts';
import type { ScoringSpec } from './scoring/spec.ts';
import type { OutputColumn } from './sinks/index.ts';
import { sources, type PieceSize, type ValueType } from './sources/index.ts';
import { outputsOf, targetOf, type Output, type Target } from './target.ts';
import { compileWhere } from './where.ts';

export interface BatchOptions {
  readonly pkg: Package;
  readonly model: { readonly ref: string; readonly name: string; readonly version: number | undefined };
  readonly input: string;
  readonly output: string;
  /** Input columns that are kept, and answer columns where not all are wanted; `*` keeps all of the input. */
  readonly columns?: readonly string[] | undefined;
  readonly where?: string | undefined;
  readonly format?: Exclude<Format, 'sqlite'> | undefined;
  readonly onError?: 'stop' | 'reject' | undefined;
  /** Column by which rows of a SQLite table are replaced. */
  readonly key?: string | undefined;
  readonly runtime?: RuntimeChoice;
  /** How much is read at a time. */
  readonly pieces?: PieceSize | undefined;
  /** Inputs and outputs lie below these folders, or INVALID_REQUEST. */
  readonly within?: readonly string[] | undefined;
}

/** A job, worked out: what is read, what is written, how. */
export interface Plan {
  readonly options: BatchOptions;
  readonly inputs: readonly InputFile[];
  readonly target: Target;
  readonly outputs: readonly Output[];
  readonly spec: Omit<ScoringSpec, 'executor'>;
  readonly pieces: PieceSize;
  /** SHA-256 over all that decides about the bytes of the output. */
  readonly identity: string;
}

const pieceSize: PieceSize = { bytes: 4 * 2 ** 20, rows: 262_144 };

/** Works out a job: finds inputs, reads their columns, checks options. Nothing is written but downloads. */
export async function planBatch(options: BatchOptions, signal: AbortSignal): Promise<Plan> {
  const { pkg, input, output, columns = [], where, onError = 'stop', key, pieces = pieceSize } = options;
  const { signature } = pkg.manifest;
  if (signature.form === 'tensors') {
    throw fail('UNSUPPORTED_MODEL', {
      path: options.model.ref,
      what: 'a model of tensors or pictures in a batch of tables',
      why: '.',
      advice: 'Score it with `slipway predict MODEL --input FILE`.',
    });
  }
  if (options.within && isRemote(input)) checkWithin(input, []);
  const early = isRemote(input) ? [] : findInputs(input);
  for (const { path } of early) checkWithin(path, options.within);
  const target = targetOf(output, options.format, early);
  checkWithin(target.path, options.within);
  const inputs = isRemote(input) ? findInputs(await download(input, join(target.work, 'inputs'), signal)) : early;
  if (key !== undefined && target.kind !== 'table')
    throw fail('USAGE', { problem: '--key is for tables.', advice: 'Give --output sqlite:FILE.db#TABLE.' });
  const condition = where === undefined ? undefined : compileWhere(where);
  const answers = await answerColumns(options);
  const asked = columns.filter((name) => name !== '*');
  const chosen = answers.filter(({ name }) => asked.includes(name));
  const kept = await keptColumns(inputs, columns, answers, condition?.columns ?? []);
  const all = [...kept, ...(chosen.length > 0 ? chosen : answers)];
  if (key !== undefined && !all.some(({ name }) => name === key))
    throw fail('USAGE', { problem: `--key ${key} is no column of the output.`, advice: 'Keep it with --columns.' });
  const spec = {
    graph: pkg.graph,
    signature,
    pre: await stepsOf(pkg),
    where,
    columns: all,
    format: target.format,
    compression: target.compression,
    onError,
  };
  const identity = identityOf({
    version: 1,
    package: pkg.digest,
    inputs: inputs.map(({ name, table, size, changed }) => ({
      name,
      table,
      size,
      changed: isRemote(input) ? '' : changed,
    })),
    input,
    target: [target.kind, target.format, target.compression, target.table ?? ''],
    columns: all,
    where: where ?? '',
    onError,
    key: key ?? '',
    runtime: options.runtime ?? '',
    pieces,
  });
  return { options, inputs, target, outputs: outputsOf(target, inputs), spec, pieces, identity };
}

function identityOf(parts: object): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The columns of an answer with their types, found by answering made-up rows. */
async function answerColumns({ pkg, runtime }: BatchOptions): Promise<OutputColumn[]> {
  const { signature, answer } = pkg.manifest;
  await using model = await runtimeFor(pkg, runtime ?? (answer.length > 0 ? 'compiled' : undefined)).catch(
    async (error: unknown) => {
      if (!(error instanceof SlipwayError) || error.code !== 'UNSUPPORTED_OPERATOR' || runtime) throw error;
      return await runtimeFor(pkg, 'onnx');
    },
  );
  const inputs = exampleInputs(signature, 1);
  if (!inputs) return answer.map(({ name, type }) => ({ name, type: typesOf[type], from: 'answer' }));
  const { cells } = bindAnswers(signature, await model.infer(inputs));
  return cells.map((cell) => ({ name: cell.name, type: typeOf(cell, pkg), from: 'answer' }));
}

const typesOf = { number: 'float64', integer: 'int64', boolean: 'bool', string: 'string' } as const;
const isInt32 = (value: unknown) => typeof value === 'number' && (value | 0) === value;

function typeOf(cell: AnswerCell, { manifest: { signature } }: Package): ValueType {
  switch (cell.kind) {
    case 'number':
      return 'float64';
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'integer': {
      const { task, classes } = signature;
      const isSmall = classes ? classes.every(isInt32) : ['clustering', 'outlier', 'multilabel'].includes(task);
      return isSmall ? 'int32' : 'int64';
    }
    case 'choice':
      if (cell.values.every((value) => typeof value === 'boolean')) return 'bool';
      if (cell.values.every(isInt32)) return 'int32';
      return cell.values.every((value) => typeof value === 'number') ? 'float64' : 'string';
  }
}

/** Input columns that are written beside the answers, with the type that all inputs agree on. */
async function keptColumns(
  inputs: readonly InputFile[],
  columns: readonly string[],
  answers: readonly OutputColumn[],
  looked: readonly string[],
): Promise<OutputColumn[]> {
  const isAnswer = (name: string) => answers.some((answer) => answer.name === name);
  const types = new Map<string, ValueType>();
  let isText = false;
  for (const file of inputs) {
    const found = await (await sources[file.format]()).types(file);
    const constants = file.partitions.map(([name]) => name);
    if (!found) isText = true;
    if (!found && columns.includes('*')) throw starOfText(file);
    for (const name of constants) types.set(name, 'string');
    const named = columns.includes('*') ? [...(found?.keys() ?? [])] : [];
    const wanted = [...columns.filter((name) => name !== '*' && !isAnswer(name)), ...named, ...looked];
    for (const name of wanted) {
      const type = found ? found.get(name) : file.format === 'jsonl' ? 'json' : 'string';
      if (constants.includes(name)) continue;
      if (type === undefined)
        throw fail('USAGE', {
          problem: `${file.name} has no column ${JSON.stringify(name)}.`,
          advice: `It has: ${[...(found?.keys() ?? [])].slice(0, 30).join(', ')}. The answer has: ${answers.map((answer) => answer.name).join(', ')}.`,
        });
      const before = types.get(name);
      types.set(name, before === undefined || before === type ? type : 'string');
    }
  }
  const names = columns.includes('*')
    ? [...types.keys()].filter((name) => !isText || columns.includes(name) || columns.includes('*'))
    : columns.filter((name) => !isAnswer(name));
  const clash = names.find(isAnswer);
  if (clash !== undefined)
    throw fail('USAGE', {
      problem: `The input has a column ${JSON.stringify(clash)}, which is also the name of an answer.`,
      advice: 'Name the columns to keep with --columns.',
    });
  return [...new Set(names)].map((name) => ({ name, type: types.get(name) ?? 'string', from: 'input' }));
}

function starOfText({ name }: InputFile) {
  return fail('USAGE', {
    problem: `--columns "*" needs a format that names its columns and types, and ${name} does not.`,
    advice: 'Name the columns to keep: --columns id,date.',
  });
}

function checkWithin(path: string, folders: readonly string[] | undefined): void {
  if (folders === undefined || isWithin(path, folders)) return;
  throw fail('INVALID_REQUEST', {
    problem: `${JSON.stringify(path.slice(0, 200))} is not below a folder that this job may use (--within).`,
  });
}
