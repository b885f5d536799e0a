import { extname } from 'node:path';
import { fail } from '@slipway/core/errors';
import { answerOutputs, compileRows } from '@slipway/core/signature';
import type { Command, Context } from '../command.ts';
import { imageFlag } from '../image-flag.ts';
import { openReference } from '../open-reference.ts';
import { readBatches } from '../predict/batches.ts';
import { detectInput, openInput, type InputKind } from '../predict/input.ts';
import { answerWriter, openSink, type OutputKind } from '../predict/output.ts';
import { Rejects } from '../predict/rejects.ts';
import { runtimeChoice, runtimeFlag, runtimeFor } from '../runtime-for.ts';

/** `slipway predict MODEL` */
export const predict: Command = {
  name: 'predict',
  summary: 'answer rows from a file or stdin',
  about: `Answers every row of a JSON, JSON lines or CSV file, or of stdin, with a registered model or a model file. Files of any size are read piece by
piece. Answers go to stdout as JSON lines, one a row, or to a file; a .csv file has the columns prediction, probabilities.<label>, … in the
order of the rows. When the input pauses, the rows so far are answered; with --input-format jsonl or csv from the first one on.

The first bad row ends it with its number and exit code 1, and no output file is left. With --on-error reject bad rows are left out and
told on stderr, or in full in the --rejects file, by their number.`,
  args: [{ name: 'MODEL', help: 'churn, churn:3, churn@champion, a model file, a package folder, or an address.' }],
  flags: [
    { name: 'input', value: 'FILE', help: 'Rows, or a .png or .jpg picture; - is stdin (the default).' },
    { name: 'output', value: 'FILE', help: 'Answers; - is stdout (the default).' },
    {
      name: 'input-format',
      value: 'FORMAT',
      choices: ['json', 'jsonl', 'csv'],
      help: 'Format of the rows, where name and content do not tell.',
    },
    {
      name: 'format',
      value: 'FORMAT',
      choices: ['jsonl', 'json', 'csv'],
      help: 'Format of the answers (default: by the name of the output, else jsonl).',
    },
    runtimeFlag,
    {
      name: 'extra',
      value: 'WHAT',
      choices: ['refuse', 'ignore'],
      help: 'Columns of JSON rows that the model does not know.',
    },
    { name: 'on-error', value: 'WHAT', choices: ['stop', 'reject'], help: 'What a bad row does.' },
    { name: 'rejects', value: 'FILE', help: 'Bad rows as JSON lines, with --on-error reject.' },
    {
      name: 'object',
      value: 'KEYS',
      help: 'Which object of a model file is the model; scaler+model applies one first.',
    },
    imageFlag,
    {
      name: 'threshold',
      value: 'P',
      type: 'number',
      help: 'Decide for the second class from this probability on (model files).',
    },
  ],
  examples: [
    { run: 'slipway predict churn --input rows.csv --output answers.csv', does: 'A table in, a table out' },
    { run: `echo '{"age": 41, "plan": null}' | slipway predict churn@champion`, does: 'One row, one line' },
    { run: 'slipway predict model.joblib --input rows.jsonl > answers.jsonl', does: 'A file, without importing it' },
    {
      run: 'slipway predict churn --input rows.csv --on-error reject --rejects bad.jsonl',
      does: 'Go on after bad rows',
    },
  ],
  run,
};

async function run(context: Context): Promise<number> {
  const {
    args: [word = ''],
    flags,
    terminal,
  } = context;
  const input = flags.text('input') ?? '-';
  const output = flags.text('output') ?? '-';
  const isReject = flags.text('on-error') === 'reject';
  if (flags.text('rejects') !== undefined && !isReject) {
    throw fail('USAGE', {
      problem: '--rejects needs --on-error reject.',
      advice: 'Without it the first bad row ends the run.',
    });
  }
  if (input === '-' && process.stdin.isTTY) {
    throw fail('USAGE', {
      problem: 'There are no rows.',
      advice: `Give a file with --input, or pipe rows: cat rows.csv | slipway predict ${word}`,
    });
  }
  const source = openInput(input);
  const { pkg } = await openReference(word, context);
  const { signature } = pkg.manifest;
  await using model = await runtimeFor(pkg, runtimeChoice(flags));
  const rows = compileRows(
    signature,
    model.inputs.map(({ name }) => name),
  );
  const wanted = answerOutputs(signature);
  const told = flags.text('input-format') as InputKind | undefined;
  const textColumn = signature.form === 'text' ? rows.layout?.strings[0] : undefined;
  const { kind, chunks } = await detectInput(source, input, told, textColumn);
  const rejects = new Rejects(terminal, flags.text('rejects'));
  const writer = answerWriter(outputKind(output, flags.text('format')), pkg.manifest);
  const sink = openSink(output);
  let count = 0;
  try {
    const batches = readBatches(kind, chunks, rows, {
      extra: flags.text('extra') === 'ignore' ? 'ignore' : 'refuse',
      onReject: isReject ? rejects.add : undefined,
      onWarning: (text) => terminal.warn(text),
    });
    let shown = performance.now();
    for await (const batch of batches) {
      const outputs = await model.infer(batch.tensors, { outputs: wanted });
      await sink.write(writer.batch(batch, outputs));
      count += batch.count;
      if (output === '-' || performance.now() - shown < 200) continue;
      shown = performance.now();
      terminal.progress(`${count.toLocaleString('en')} rows …`);
    }
    await sink.write(writer.end());
    sink.finish();
  } catch (error) {
    sink.abandon();
    throw error;
  } finally {
    terminal.endProgress();
    rejects.close();
  }
  if (count + rejects.count === 0) terminal.warn(noRows(kind, textColumn !== undefined));
  if (rejects.count) terminal.say(`${count} rows answered, ${rejects.count} rejected`);
  return 0;
}

/** Without rows there are no answers, which nobody should take for success. */
function noRows(kind: InputKind, isText: boolean): string {
  if (kind !== 'csv') return 'The input has no rows.';
  const advice = isText ? '; write a row of text as a JSON string: "I loved it"' : '';
  return `The input has no rows: its first line names the columns, and nothing follows${advice}.`;
}

function outputKind(path: string, told: string | undefined): OutputKind {
  if (told !== undefined) return told as OutputKind;
  const kinds: Readonly<Record<string, OutputKind>> = { '.csv': 'csv', '.json': 'json' };
  return kinds[extname(path).toLowerCase()] ?? 'jsonl';
}
