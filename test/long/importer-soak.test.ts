import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { compile } from '@slipway/core/compiled';
import { SlipwayError } from '@slipway/core/errors';
import { importModel } from '@slipway/core/importers';
import { writeOnnx } from '@slipway/core/onnx';
import { expect, test } from 'vitest';
import { nodeInflate } from '../../packages/slipway/src/stores/inflate.ts';
import { originals, type Original } from '../importer-fuzz.ts';

/** Servers and pages import in the same process for weeks: nothing may stay, and nothing may change. */
test('imports give the same graphs again and again, in the same memory', { timeout: 3_600_000 }, () => {
  const seconds = Number(process.env['SLIPWAY_SOAK_SECONDS'] ?? 600);
  const end = performance.now() + seconds * 1000;
  const files = originals();
  const first = files.map(graphDigest);
  expect(first.filter((digest) => !digest.startsWith('refused')).length).toBeGreaterThan(100);
  const megabytes = [];
  // Two rounds to warm up, and enough of them to see a slope.
  for (let round = 0; round < 5 || performance.now() < end; round++) {
    expect(files.map(graphDigest)).toEqual(first);
    if (round >= 2) megabytes.push(usedMegabytes());
  }
  process.stdout.write(
    `${megabytes.length} rounds of ${files.length} files, ${megabytes.map(Math.round).join(' ')} MB\n`,
  );
  expect(megabytes.at(-1)).toBeLessThan((megabytes[0] as number) + 32);
});

function graphDigest({ name, bytes }: Original): string {
  try {
    const { graph } = importModel({ name, bytes }, { inflate: nodeInflate });
    const digest = createHash('sha256').update(writeOnnx(graph)).digest('hex');
    return `${digest} ${runs(() => compile(graph))}`;
  } catch (error) {
    if (error instanceof SlipwayError) return `refused ${error.code}`;
    throw error;
  }
}

/** Graphs beyond the compiled runtime say so. */
function runs(load: () => unknown): string {
  try {
    load();
    return 'compiles';
  } catch (error) {
    if (error instanceof SlipwayError) return error.code;
    throw error;
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function usedMegabytes(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}
