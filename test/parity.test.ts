import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '@slipway/core/compiled';
import type { Imported } from '@slipway/core/importers';
import { compilePre } from '@slipway/core/pre';
import { tokens } from '@slipway/core/pre/tokens';
import { compileRows } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import { describe, expect, test } from 'vitest';
import { fixturesFolder, type Golden } from './fixtures.ts';
import { notYet, onnxOnly, refused } from './not-yet.ts';
import { runOrt } from './ort.ts';
import { cellsOf, compare, importPath, runReference } from './parity.ts';

interface Case {
  readonly name: string;
  /** The model file, or folder. */
  readonly path: string;
  readonly golden: Golden;
}

/** Every fixture with a golden, once for each format that it was saved in. */
const cases: readonly Case[] = ['models', 'extra'].flatMap((group) => {
  const folder = join(fixturesFolder, group);
  if (!existsSync(folder)) throw new Error(`fixtures/${group} is missing`);
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'golden.json')))
    .flatMap((name) => {
      const golden = JSON.parse(readFileSync(join(folder, name, 'golden.json'), 'utf8')) as Golden;
      const others = (golden.also ?? []).filter(({ verify }) => verify !== false).map(({ file }) => file);
      return [golden.file, ...others].map((file): Case => ({ name, path: join(folder, name, file), golden }));
    });
});

const importCase = ({ path, golden }: Case): Imported => importPath(path, golden.object_path?.join('.'));

/** Differences from the original library beyond the tolerance: rows as users send them, through every executor. */
async function differences({ name, golden }: Case, imported: Imported): Promise<string[]> {
  const { model, graph, signature, pre } = imported;
  const { tensors } = compileRows(signature).decode(golden.rows);
  const inputs = pre
    ? compilePre(pre, new Set(graph.graph.inputs.map((input) => input.name)), { tokens })(tensors)
    : tensors;
  const answers: Record<string, Readonly<Record<string, Tensor>>> = { onnxruntime: await runOrt(graph, inputs) };
  if (model) answers['reference'] = runReference(model, cellsOf(signature, golden.rows, model));
  if (!onnxOnly.has(name)) answers['compiled'] = compile(graph).run(inputs, golden.rows.length);
  return Object.entries(answers).flatMap(([executor, outputs]) =>
    compare(executor, imported, outputs, golden)
      // PyCaret's predict_model rounds to four digits; its unrounded numbers are predict_proba.
      .filter(({ method }) => !method.startsWith('prediction_'))
      .flatMap(({ method, failures }) => failures.map((row) => `${executor} ${method} ${row}`)),
  );
}

describe('answers equal those of the original library', () => {
  test.for(cases.filter(({ name }) => !notYet.has(name) && !refused.has(name)))(
    '$name $golden.format',
    async (given) => {
      const imported = importCase(given);
      expect(await differences(given, imported)).toEqual([]);
      const rows = compileRows(imported.signature);
      for (const { row, error } of given.golden.rejects ?? []) expect(() => rows.decode([row]), error).toThrow();
    },
  );
});

describe('not yet: fails when it starts to pass', () => {
  test.for(cases.filter(({ name }) => notYet.has(name)))('$name', async (given) => {
    expect(await differences(given, importCase(given))).not.toEqual([]);
  });
});

describe('ONNX Runtime alone: fails when it compiles', () => {
  test.for(cases.filter(({ name }) => onnxOnly.has(name)))('$name', (given) => {
    const { graph } = importCase(given);
    expect(() => compile(graph)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_OPERATOR' }));
  });
});

describe('refused, with the reason', () => {
  test.for(cases.filter(({ name }) => refused.has(name)))('$name $golden.format', (given) => {
    expect(() => importCase(given)).toThrow(expect.objectContaining({ code: refused.get(given.name) }));
  });
});
