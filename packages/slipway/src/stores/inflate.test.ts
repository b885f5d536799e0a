import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { portableInflate } from '@slipway/core/formats';
import { describe, expect, test } from 'vitest';
import { nodeInflate } from './inflate.ts';

const text = new TextEncoder().encode('slipway '.repeat(20_000));
const noise = Uint8Array.from({ length: 50_000 }, (_, i) => Math.imul(i, 2654435761) >>> 13);

describe.for([
  ['Node', nodeInflate],
  ['portable', portableInflate],
] as const)('%s', ([, inflate]) => {
  const kinds = [
    { kind: 'zlib', pack: deflateSync, unpack: inflate.zlib },
    { kind: 'gzip', pack: gzipSync, unpack: inflate.gzip },
    { kind: 'raw', pack: deflateRawSync, unpack: inflate.raw },
  ] as const;

  test.for(kinds)('$kind: every level and strategy', ({ pack, unpack }) => {
    for (const data of [text, noise, new Uint8Array(0), text.subarray(0, 1)]) {
      for (let level = 0; level <= 9; level += 3) {
        for (let strategy = 0; strategy <= 4; strategy++) {
          const bytes = unpack(new Uint8Array(pack(data, { level, strategy })), data.length);
          expect(Buffer.compare(bytes, data)).toBe(0);
          expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype);
        }
      }
    }
  });

  test.for(kinds)('$kind: stops at the limit, notices damage', ({ kind, pack, unpack }) => {
    const packed = new Uint8Array(pack(text));
    const limit = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });
    const corrupt = expect.objectContaining({ code: 'CORRUPT_FILE' });
    expect(() => unpack(packed, text.length - 1)).toThrow(limit);
    expect(() => unpack(packed, 0)).toThrow(limit);
    expect(() => unpack(packed.subarray(0, -9), text.length)).toThrow(corrupt);
    expect(() => unpack(new Uint8Array(0), 10)).toThrow(corrupt);
    if (kind === 'raw') return;
    const flipped = packed.slice();
    const checksum = packed.length - (kind === 'zlib' ? 2 : 6);
    flipped[checksum] = (flipped[checksum] as number) ^ 1;
    expect(() => unpack(flipped, text.length)).toThrow(corrupt);
  });
});

test('bombs are refused soon and in bounded memory, at the default limits', () => {
  const hostile = fileURLToPath(new URL('../../../../fixtures/hostile/', import.meta.url));
  const program = `
    import { readFileSync } from 'node:fs';
    import { readPython } from '${new URL('../../../core/src/formats/index.ts', import.meta.url)}';
    import { nodeInflate } from '${new URL('./inflate.ts', import.meta.url)}';
    const outcomes = ['xz-bomb-11gib.joblib', 'zlib-bomb-2gib.joblib', 'deep-tuples-1e6.pkl.gz'].map((name) => {
      const start = performance.now();
      let code = 'read';
      try { readPython(readFileSync(${JSON.stringify(hostile)} + name), { inflate: nodeInflate }); } catch (error) { code = error.code; }
      return { code, ms: performance.now() - start };
    });
    console.log(JSON.stringify({ outcomes, megabytes: process.resourceUsage().maxRSS / 1024 }));
  `;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  const { outcomes, megabytes } = JSON.parse(run.stdout) as {
    outcomes: { code: string; ms: number }[];
    megabytes: number;
  };
  expect(outcomes.map(({ code }) => code)).toEqual(['LIMIT_EXCEEDED', 'LIMIT_EXCEEDED', 'read']);
  for (const { ms } of outcomes) expect(ms).toBeLessThan(2000);
  expect(megabytes).toBeLessThan(640);
});
