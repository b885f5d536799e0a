import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { evaluator } from '../../../ir/index.ts';
import { python } from '../../python/index.ts';

const never = (): never => {
  throw new Error('these fixtures are not compressed');
};

interface Golden {
  readonly rows: readonly (readonly (number | null)[])[];
  readonly outputs: Readonly<Record<string, readonly (number | readonly number[])[]>>;
}

/** Trees answer with the library's very bits: whatever a version stores, and in its order of additions. */
test.for([
  ['sk024-tree-weighted', 'predict_proba'],
  ['sk12-tree-weighted', 'predict_proba'],
  ['sk13-tree-weighted', 'predict_proba'],
  ['sk14-tree-weighted', 'predict_proba'],
  ['sk19-tree-weighted', 'predict_proba'],
  ['sk024-forest-weighted', 'predict_proba'],
  ['sk19-forest-missing', 'predict_proba'],
  ['sk19-extra-trees-regression', 'predict'],
  ['sk19-embedding', 'transform'],
  ['sk19-boosting', 'decision_function'],
  ['sk19-boosting-zero', 'decision_function'],
  ['sk024-boosting-squares', 'predict'],
  ['sk024-hist', 'decision_function'],
  ['sk15-hist-classes', 'decision_function'],
  ['sk024-hist-codes', 'predict'],
  ['sk19-hist-codes', 'predict'],
  ['sk12-hist-codes-classes', 'decision_function'],
  ['sk024-ada-votes-classes', 'decision_function'],
  ['sk19-ada-votes', 'decision_function'],
  ['sk19-ada-median', 'predict'],
  ['sk19-bagging-trees', 'predict_proba'],
  ['sk12-bagging-rare', 'predict_proba'],
  ['sk19-voting-soft-weights', 'predict_proba'],
] as const)('%s %s', ([name, method]) => {
  const file = (part: string): URL => new URL(`../../../../../../fixtures/extra/${name}/${part}`, import.meta.url);
  const golden = JSON.parse(readFileSync(file('golden.json'), 'utf8')) as Golden;
  const source = { name, bytes: new Uint8Array(readFileSync(file('model.pkl'))) };
  const { model, signature } = python.convert(source, { inflate: { zlib: never, gzip: never, raw: never } });
  if (!model) throw new Error('no model');
  const answer = evaluator(model);
  const output = signature.outputs.methods?.[method] ?? '';
  const answers = golden.rows.map((row) => [...(answer(row.map((cell) => cell ?? NaN)).get(output) ?? [])]);
  expect(answers).toEqual(golden.outputs[method]?.map((wanted) => [wanted].flat()));
});
