import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleConvert, bundleEdge } from '../site/bundle.ts';

const gzipped = (code: string) => gzipSync(code, { level: 9 }).length;

test('the runtime of a compiled model stays small', async () => {
  const code = await bundleEdge();
  // 18 kB when this was written; raise it knowingly.
  expect(gzipped(code)).toBeLessThan(25_000);
  expect(code).not.toMatch(/new Function|\beval\(/);
});

test('the page that converts stays small, its samples included', async () => {
  // 309 kB when this was written, of which 55 kB are the churn model.
  expect(gzipped(await bundleConvert())).toBeLessThan(400_000);
});
