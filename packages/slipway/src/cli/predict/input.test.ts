import { expect, test } from 'vitest';
import { detectInput, kindOf } from './input.ts';

test.for([
  ['{"a": 1}', true, 'json'],
  ['{"a": 1}\n', true, 'json'],
  ['{\n "a": 1\n}\n', true, 'json'],
  ['{"a": 1}\n{"a": 2}\n', true, 'jsonl'],
  ['{"a": 1}\n{"a": 2', false, 'jsonl'],
  ['{"a": 1}\n', false, 'jsonl'],
  ['[1, 2]', true, 'json'],
  ['[1, 2]\n[3, 4]\n', true, 'jsonl'],
  ['[{"a": 1},\n{"a": 2}]', true, 'json'],
  ['[\n', false, 'json'],
  ['  \n[1]', true, 'json'],
  ['a,b\n1,2\n', true, 'csv'],
  ['"a","b"\n', false, 'csv'],
  ['', true, 'csv'],
] as const)('%j (whole: %s) is %s', ([text, isWhole, kind]) => {
  expect(kindOf(text, isWhole)).toBe(kind);
});

test.for([
  ['"I loved it"', true, 'json'],
  ['"I loved it"\n', true, 'json'],
  ['"I loved it"\n"I did not"\n', true, 'jsonl'],
  ['["I loved it", "I did not"]', true, 'json'],
  ['text\nI loved it\n', true, 'csv'],
  ['"text"\n"I loved it"\n', true, 'csv'],
  ['"a review"\n"I ""loved"" it"\n', true, 'jsonl'],
  ['"I ""loved"" it"\n', true, 'csv'],
  ['I loved it', true, 'csv'],
] as const)('for a model for text %j (whole: %s) is %s', ([text, isWhole, kind]) => {
  expect(kindOf(text, isWhole, 'text')).toBe(kind);
});

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

test('nothing of the input is lost while it is looked at', async () => {
  const { kind, chunks } = await detectInput(pieces('{"a"', ': 1}\n{"a', '": 2}\n'), '-', undefined);
  const text = Buffer.concat(await Array.fromAsync(chunks)).toString();
  expect([kind, text]).toEqual(['jsonl', '{"a": 1}\n{"a": 2}\n']);
});

test('the name and the user are believed before the content', async () => {
  expect((await detectInput(pieces('{}'), 'rows.csv', undefined)).kind).toBe('csv');
  expect((await detectInput(pieces('{}'), 'rows.csv', 'json')).kind).toBe('json');
});
