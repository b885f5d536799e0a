import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '@slipway/core/compiled';
import { adversarialRows, MISSING } from '@slipway/core/ir';
import { compilePre } from '@slipway/core/pre';
import type { Tensor } from '@slipway/core/tensor';
import { expect, test } from 'vitest';
import { fixturesFolder, type Golden } from './fixtures.ts';
import { onnxOnly, refused } from './not-yet.ts';
import { runOrt } from './ort.ts';
import { importPath, runReference, tensorsOf } from './parity.ts';

const ROWS = 120;
const SEED = Number(process.env['SLIPWAY_SEED'] ?? 7);

const cases = readdirSync(join(fixturesFolder, 'models')).flatMap((name) => {
  const file = join(fixturesFolder, 'models', name, 'golden.json');
  if (!existsSync(file) || refused.has(name)) return [];
  const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
  return [{ name, path: join(fixturesFolder, 'models', name, golden.file), golden }];
});

/** Largest difference where both are numbers: relative to what is larger than 1; infinite where one is NaN alone. */
function distance(a: Tensor, b: Tensor): number {
  let most = 0;
  for (let i = 0; i < a.data.length; i++) {
    const [x, y] = [a.data[i], b.data[i]];
    if (typeof x === 'string' || typeof y === 'string') {
      if (x !== y) return Infinity;
      continue;
    }
    const [p, q] = [Number(x), Number(y)];
    if (Object.is(p, q) || p === q) continue;
    const apart = Math.abs(p - q) / Math.max(1, Math.abs(p));
    most = Math.max(most, Number.isNaN(apart) ? Infinity : apart);
  }
  return most;
}

test.for(cases)('executors agree on adversarial rows: $name', async ({ name, path, golden }) => {
  const { model, graph, pre, signature } = importPath(path, golden.object_path?.join('.'));
  if (!model) return; // an ONNX file has no reference; its executors are compared in the parity test
  const cells = adversarialRows(model, ROWS, SEED).map((row) => {
    const byPosition: (number | string)[] = [];
    model.inputs.forEach(({ params }, i) => (byPosition[params.position] = row[i] ?? MISSING));
    return byPosition;
  });
  const given = tensorsOf(model, cells);
  const inputs = pre ? compilePre(pre, new Set(graph.graph.inputs.map((input) => input.name)))(given) : given;
  const reference = runReference(model, cells);
  const answers = [await runOrt(graph, inputs), ...(onnxOnly.has(name) ? [] : [compile(graph).run(inputs, ROWS)])];
  const isFloat32 = graph.graph.outputs.some(({ dtype }) => dtype === 'float32');
  for (const outputs of answers) {
    for (const [output, expected] of Object.entries(reference)) {
      // A label between two equal scores may fall either way; the scores themselves are compared.
      if (output === signature.outputs.label) continue;
      expect(distance(expected, outputs[output] as Tensor), `${output} of ${name}`).toBeLessThanOrEqual(
        isFloat32 ? 1e-5 : 1e-9,
      );
    }
  }
});
