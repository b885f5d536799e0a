import { expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import { compileRows, JsonlDecoder, type FileOptions, type Rejected, type RowBatch, type Signature } from './index.ts';

const signature: Signature = {
  form: 'table',
  task: 'regression',
  outputs: {},
  columns: [
    { name: 'age', type: 'number', nullable: false, required: true },
    { name: 'plan', type: 'string', nullable: false, required: true, categories: ['a', 'b'], closed: false },
  ],
};

function read(text: string, options: FileOptions & { chunk?: number } = {}) {
  const decoder = new JsonlDecoder(compileRows(signature), options);
  const bytes = new TextEncoder().encode(text);
  const batches: RowBatch[] = [];
  const chunk = options.chunk ?? (bytes.length || 1);
  for (let i = 0; i < bytes.length; i += chunk) batches.push(...decoder.push(bytes.subarray(i, i + chunk)));
  batches.push(...decoder.end());
  return {
    ages: batches.flatMap(({ tensors }) => [...(tensors['age']?.data ?? [])]),
    counts: batches.map(({ count }) => count),
    rows: batches.flatMap(({ rows }) => [...rows]),
    warnings: batches.flatMap(({ warnings }) => [...warnings]),
    notes: decoder.warnings,
  };
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SlipwayError) return error.message;
    throw error;
  }
  return 'it was accepted';
}

test('one row a line, whatever the chunks, blank lines and line ends', () => {
  const text = '{"age": 1, "plan": "a"}\r\n\n{"plan": "b", "age": 2}\n  \n{"age": 3, "plan": "é"}';
  for (const chunk of [1, 2, 5, 1000]) expect(read(text, { chunk }).ages).toEqual([1, 2, 3]);
});

test('batches have the size that was asked for', () => {
  expect(read('{"age": 1, "plan": "a"}\n'.repeat(25), { batchRows: 10 }).counts).toEqual([10, 10, 5]);
});

test('undeclared keys are one warning, unknown categories one of their row', () => {
  const { notes, warnings, ages } = read('{"age": 1, "plan": "a", "id": 7}\n{"age": 2, "plan": "c", "id": 8}\n');
  expect(ages).toEqual([1, 2]);
  expect(notes).toEqual(['The file has columns that the model does not use: "id".']);
  expect(warnings.map(([row]) => row)).toEqual([1]);
});

test.for([
  {
    text: '{"age": 1, "plan": "a"}\n{"age": "x", "plan": "a"}',
    message: 'line 2, rows[1].age: expected a number, received "x"',
  },
  { text: '{"age": 1}', message: 'line 1, rows[0].plan: expected a string, received nothing' },
  { text: '\n[1]', message: 'line 2, rows[0]: expected an object keyed by column, received an array of 1' },
  { text: '{"age": 1', message: expect.stringMatching(/^line 1, rows\[0\]: not valid JSON: /) as unknown as string },
])('a bad line is named: $text', ({ text, message }) => expect(messageOf(() => read(text))).toEqual(message));

test('bad rows can be left out', () => {
  const rejected: Rejected[] = [];
  const { ages, rows } = read(
    '{"age": 1, "plan": "a"}\nnonsense\n{"age": null, "plan": "a"}\n{"age": 4, "plan": "a"}',
    { onBadRow: (row) => rejected.push(row) },
  );
  expect(ages).toEqual([1, 4]);
  expect(rows).toEqual([0, 3]);
  expect(rejected.map(({ row, line }) => [row, line])).toEqual([
    [1, 2],
    [2, 3],
  ]);
});

test('text that is not UTF-8 is refused', () => {
  const decoder = new JsonlDecoder(compileRows(signature));
  expect(messageOf(() => [...decoder.push(Uint8Array.of(0x22, 0xff, 0x22, 10))])).toContain('not UTF-8');
});

test('rows so far are given when the input pauses', () => {
  const decoder = new JsonlDecoder(compileRows(signature));
  const push = (text: string) => [...decoder.push(new TextEncoder().encode(text))];
  const first = [...push('{"age":1,"plan":"a"}\n{"age":2,'), ...decoder.pause()];
  const second = [...push('"plan":"b"}\n'), ...decoder.pause(), ...decoder.pause(), ...decoder.end()];
  const ages = (batches: RowBatch[]) =>
    batches.map(({ tensors, rows }) => [[...(tensors['age']?.data ?? [])], ...rows]);
  expect([ages(first), ages(second)]).toEqual([[[[1], 0]], [[[2], 1]]]);
});
