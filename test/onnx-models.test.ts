import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '@slipway/core/compiled';
import { SlipwayError } from '@slipway/core/errors';
import { readOnnx } from '@slipway/core/onnx';
import { goldensOf, readPackage } from '@slipway/core/package';
import {
  answerOutputs,
  bindAnswers,
  compileRows,
  rowSchema,
  type Answer,
  type AnswerValue,
} from '@slipway/core/signature';
import { describe, expect, test } from 'vitest';
import { build } from '../packages/slipway/src/intake/build.ts';
import { replayGoldens } from '../packages/slipway/src/intake/replay.ts';
import { identify } from '../packages/slipway/src/intake/source.ts';
import { onnxruntime } from '../packages/slipway/src/runtimes/onnxruntime/index.ts';
import { sha256Hex } from '../packages/slipway/src/stores/index.ts';
import { fixturesFolder } from './fixtures.ts';
import { importPath } from './parity.ts';

interface Case {
  readonly rows: readonly unknown[];
  readonly answers?: readonly Answer[];
  readonly tolerance?: { readonly rtol: number; readonly atol: number };
  readonly refuses?: string;
  /** Part of the message of the refusal. */
  readonly says?: string;
  readonly lineage?: Readonly<Record<string, unknown>>;
}

const folder = join(fixturesFolder, 'onnx');
const cases = readdirSync(folder).map((name) => ({
  name,
  path: join(folder, name),
  ...(JSON.parse(readFileSync(join(folder, name, 'case.json'), 'utf8')) as Case),
}));

/** The first place where two answers differ by more than the tolerance. */
function difference(
  got: AnswerValue,
  expected: AnswerValue,
  { rtol, atol }: { rtol: number; atol: number },
  path = '',
): string | undefined {
  if (typeof got === 'number' && typeof expected === 'number')
    return Math.abs(got - expected) <= atol + rtol * Math.abs(expected)
      ? undefined
      : `${path}: ${got}, not ${expected}`;
  if (typeof got !== 'object' || typeof expected !== 'object' || got === null || expected === null)
    return got === expected ? undefined : `${path}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`;
  const [a, b] = [Object.entries(got), new Map<string, AnswerValue>(Object.entries(expected))];
  if (Array.isArray(got) !== Array.isArray(expected) || a.length !== b.size || a.some(([key]) => !b.has(key)))
    return `${path}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`;
  for (const [key, value] of a) {
    const found = difference(value, b.get(key) as AnswerValue, { rtol, atol }, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

describe('ONNX models of many makers answer as ONNX Runtime does in Python', () => {
  test.for(cases.filter(({ refuses }) => !refuses))(
    '$name',
    async ({ path, rows, answers = [], tolerance, lineage }) => {
      const { signature, graph, report } = importPath(path);
      const table = compileRows(signature);
      await using model = await onnxruntime.load(graph);
      const seen: Answer[] = [];
      for (const row of rows) {
        const { tensors, single } = table.decode(row);
        expect(single).toBe(true);
        seen.push(bindAnswers(signature, await model.infer(tensors)).value(0));
      }
      expect(seen.length).toBe(answers.length);
      for (const [i, answer] of seen.entries())
        expect(difference(answer, answers[i] as Answer, tolerance ?? { rtol: 0, atol: 0 }, `row ${i}`)).toBeUndefined();
      if (lineage) expect(report.lineage).toMatchObject(lineage);
      expect(rowSchema(signature)).toBeTypeOf('object');
      if (!signature.oneByOne) {
        // All rows at once, and by compiled code where it takes the graph.
        const { tensors, count } = table.decode(rows);
        expect(count).toBe(rows.length);
        const together = [await model.infer(tensors), compiled()?.run(tensors, count)];
        for (const outputs of together) {
          if (!outputs) continue;
          const bound = bindAnswers(signature, outputs);
          for (const [i, answer] of answers.entries())
            expect(
              difference(bound.value(i), answer, tolerance ?? { rtol: 0, atol: 0 }, `row ${i} of all`),
            ).toBeUndefined();
        }
      }

      function compiled() {
        try {
          return compile(graph);
        } catch (error) {
          if (error instanceof SlipwayError && error.code === 'UNSUPPORTED_OPERATOR') return undefined;
          throw error;
        }
      }
    },
  );
});

describe('packages of them answer as their goldens say', () => {
  test.for(cases.filter(({ refuses }) => !refuses))('$name', async ({ path, rows, answers = [], tolerance }) => {
    const { files } = await build({ path, name: 'model' }, await identify(path));
    const pkg = readPackage(files, sha256Hex);
    await using model = await onnxruntime.load(readOnnx(pkg.graph));
    await replayGoldens(pkg.manifest.signature, goldensOf(pkg), model);
    const table = compileRows(pkg.manifest.signature);
    const outputs = await model.infer(table.decode(rows[0]).tensors, {
      outputs: answerOutputs(pkg.manifest.signature),
    });
    const answer = bindAnswers(pkg.manifest.signature, outputs).value(0);
    expect(difference(answer, answers[0] as Answer, tolerance ?? { rtol: 0, atol: 0 })).toBeUndefined();
  });
});

describe('refused, with the reason', () => {
  test.for(cases.filter(({ refuses }) => refuses))('$name', ({ path, refuses, says = '' }) => {
    expect(() => importPath(path)).toThrow(
      expect.objectContaining({
        code: refuses,
        message: expect.stringContaining(says),
        hint: expect.stringMatching(/\w/),
      }),
    );
  });
});
