import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { portableSha256 } from './sha256.ts';

test.for([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 300_001])('%d bytes hash as elsewhere', (length) => {
  const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => (i * i + 7 * i) & 255).subarray(3);
  expect(portableSha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
});
