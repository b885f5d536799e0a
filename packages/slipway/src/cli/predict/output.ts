import { once } from 'node:events';
import { closeSync, lstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Manifest } from '@slipway/core/package';
import { bindAnswers, csvCell, type Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import type { Batch } from './batches.ts';

export type OutputKind = 'jsonl' | 'json' | 'csv';

/** Where text goes. */
export interface Sink {
  write(text: string | Uint8Array): Promise<void> | void;
  /** Everything was written; a file appears under its name only now. */
  finish(): void;
  /** Something went wrong; nothing is left behind. */
  abandon(): void;
}

/** Opens stdout for `-`, else a file that takes its name when it is complete. */
export function openSink(path: string): Sink {
  if (path === '-') return stdoutSink();
  // Devices and pipes cannot be replaced by a file.
  const isSpecial = lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const draft = isSpecial ? path : join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  const handle = openSync(draft, 'w');
  const stop = (signal: NodeJS.Signals) => {
    if (!isSpecial) rmSync(draft, { force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  const close = () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    closeSync(handle);
  };
  return {
    write(text) {
      const bytes = typeof text === 'string' ? Buffer.from(text) : text;
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
    },
    finish() {
      close();
      if (!isSpecial) renameSync(draft, path);
    },
    abandon() {
      close();
      if (!isSpecial) rmSync(draft, { force: true });
    },
  };
}

function stdoutSink(): Sink {
  return {
    write: (text) => (process.stdout.write(text) ? undefined : once(process.stdout, 'drain').then(() => undefined)),
    finish: () => {},
    abandon: () => {},
  };
}

/** Writes answers as text. */
export interface AnswerWriter {
  batch(batch: Batch, outputs: Readonly<Record<string, Tensor>>): string | Uint8Array;
  end(): string;
}

export function answerWriter(
  kind: OutputKind,
  { signature, answer }: Pick<Manifest, 'signature' | 'answer'>,
): AnswerWriter {
  if (kind === 'csv') return csvTable(signature, answer);
  return kind === 'json' ? jsonDocument(signature) : jsonLines(signature);
}

function jsonLines(signature: Signature): AnswerWriter {
  return {
    batch({ count, warnings }, outputs) {
      const answers = bindAnswers(signature, outputs);
      let text = '';
      for (let i = 0; i < count; i++) text += `${answers.json(i, warnings.get(i))}\n`;
      return text;
    },
    end: () => '',
  };
}

/** One object for one row, an array for several. */
function jsonDocument(signature: Signature): AnswerWriter {
  let count = 0;
  let isSingle = false;
  return {
    batch(batch, outputs) {
      const answers = bindAnswers(signature, outputs);
      isSingle = batch.single;
      let text = '';
      for (let i = 0; i < batch.count; i++)
        text += `${isSingle ? '' : count++ === 0 ? '[\n' : ',\n'}${answers.json(i, batch.warnings.get(i))}`;
      return text;
    },
    end: () => (isSingle ? '\n' : count === 0 ? '[]\n' : '\n]\n'),
  };
}

function csvTable(signature: Signature, answer: Manifest['answer']): AnswerWriter {
  const line = (names: readonly string[]) => `${names.map(csvCell).join(',')}\n`;
  const names = answer.map(({ name }) => name);
  let hasHeader = false;
  return {
    batch({ count }, outputs) {
      const { csv } = bindAnswers(signature, outputs);
      const lines = csv.bytes(count);
      if (hasHeader) return lines;
      hasHeader = true;
      return Buffer.concat([Buffer.from(line(csv.header)), lines]);
    },
    end: () => (hasHeader || !names.length ? '' : line(names)),
  };
}
