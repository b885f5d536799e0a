import { readFileSync } from 'node:fs';
import type { Factory } from '@slipway/core/compiled';
import { writeOnnx } from '@slipway/core/onnx';
import type { Signature } from '@slipway/core/signature';
import { expect, test } from 'vitest';
import { importPath } from '../../../test/parity.ts';
import { createPredictor, openPredictor, writeModule } from './index.ts';

const { signature, graph } = importPath('examples/churn/model.joblib');
const predictor = createPredictor({ signature, graph: writeOnnx(graph) });
const rows = JSON.parse(readFileSync('examples/churn/rows.json', 'utf8')) as Record<string, unknown>[];
const answers = readFileSync('examples/churn/answers.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown);

test('answers rows as the original library does', () => {
  expect(predictor.predict(rows)).toEqual(
    answers.map((answer) => ({
      ...(answer as object),
      probabilities: Object.fromEntries(
        Object.entries((answer as { probabilities: Record<string, number> }).probabilities).map(([label, p]) => [
          label,
          expect.closeTo(p, 12) as number,
        ]),
      ),
    })),
  );
  expect(predictor.predict(rows[0])).toEqual((predictor.predict(rows) as unknown[])[0]);
});

test('a module that was written before answers the same, without generating code', async () => {
  const { mjs, bin } = writeModule({ signature, graph: writeOnnx(graph) });
  const { default: factory } = (await import(`data:text/javascript,${encodeURIComponent(mjs)}`)) as {
    default: Factory;
  };
  const opened = openPredictor({ factory, bin, signature: JSON.parse(JSON.stringify(signature)) as Signature });
  expect(opened.predict(rows)).toEqual(predictor.predict(rows));
});

test('a fetch handler: JSON in, JSON or a problem out', async () => {
  const post = (body: string): Promise<Response> =>
    predictor.fetch(new Request('http://edge/predict', { method: 'POST', body }));
  const good = await post(JSON.stringify(rows[0]));
  expect([good.status, await good.json()]).toEqual([200, predictor.predict(rows[0])]);
  const bad = await post(JSON.stringify({ ...rows[0], age: 'old' }));
  expect(bad.status).toBe(400);
  expect(bad.headers.get('content-type')).toBe('application/problem+json');
  expect(await bad.json()).toMatchObject({ code: 'INVALID_INPUT', errors: [{ path: 'age', received: '"old"' }] });
  expect((await post('{')).status).toBe(400);
});
