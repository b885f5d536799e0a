import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { portableInflate } from '../../formats/compression/index.ts';
import { importModel, type Imported } from '../index.ts';

function imported(name: string, object?: string): Imported {
  const path = new URL(`../../../../../fixtures/extra/${name}/model.pkl`, import.meta.url);
  const bytes = new Uint8Array(readFileSync(path));
  return importModel({ name: 'model.pkl', bytes }, { inflate: portableInflate, ...(object ? { object } : {}) });
}

const steps = ({ report }: Imported) => report.steps.map(({ path }) => path);

test('parts are applied in the order in which they are named', () => {
  const chained = imported('sk19-parts-chained', 'prep.0+prep.1+model');
  expect(steps(chained)).toEqual(['prep.0', 'prep.1', 'model']);
  expect(chained.report.warnings).toEqual([]);
});

test('a part that knows some columns by name changes them in place', () => {
  const { signature } = imported('sk19-parts-in-place', 'scaler+model');
  expect(signature.columns.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
});

test('a model beside a transformer says what is not applied, and how to say which is meant', () => {
  const alone = imported('sk19-parts-in-place');
  expect(steps(alone)).toEqual(['model']);
  expect(alone.report.warnings).toEqual([
    'scaler (StandardScaler) beside model (LogisticRegression) is not applied: rows have to come as the model takes them. ' +
      '--object scaler+model applies it first; --object model says that the model alone is meant.',
  ]);
  expect(imported('sk19-parts-in-place', 'model').report.warnings).toEqual([]);
});

test.for([
  { object: 'scalar+model', code: 'NOT_A_MODEL', says: 'there is no "scalar"' },
  { object: 'scaler+', code: 'NOT_A_MODEL', says: 'a dict' },
  { object: 'model+scaler', code: 'UNSUPPORTED_MODEL', says: 'transform' },
])('--object $object is refused', ({ object, code, says }) => {
  expect(() => imported('sk19-parts-in-place', object)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(says) as string }),
  );
});

test('parts whose columns do not fit are refused', () => {
  expect(() => imported('sk19-terms-beside', 'vectorizer+vectorizer')).toThrow(
    expect.objectContaining({ code: 'NOT_A_MODEL' }),
  );
});
