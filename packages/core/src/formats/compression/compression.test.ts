import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../limits/index.ts';
import { adler32, crc32, crc64, xxh32 } from './checksums.ts';
import { decompress, decompressOne, detectCompression, portableInflate, type Compression } from './index.ts';

const file = JSON.parse(
  readFileSync(new URL('../../../../../fixtures/formats/compressed.json', import.meta.url), 'utf8'),
) as {
  streams: Record<string, Record<string, string>>;
  refused: Record<string, string>;
};
const decode = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));
const encode = (text: string) => new TextEncoder().encode(text);

/** The same payloads as fixtures/formats/make.py writes. */
const payloads: Readonly<Record<string, Uint8Array>> = {
  words: words(30_000),
  noise: noise(3000),
  zeros: new Uint8Array(300_000),
  empty: new Uint8Array(0),
  runs: encode('aaaab'.repeat(1000) + 'c'.repeat(700)),
};

const streams = Object.entries(file.streams).flatMap(([kind, byPayload]) =>
  Object.entries(byPayload).map(([payload, text]) => ({
    kind,
    payload,
    text,
    format: kind.split(' ')[0] as Compression,
  })),
);
/** Its first byte is not the usual one, which nobody writes for models: it is read, but not recognised. */
const unusual = 'lzma literal bits';

test('the file has every kind of stream, and each is recognised', () => {
  for (const { kind, text, format } of streams) {
    expect(detectCompression(decode(text)), kind).toBe(kind === unusual ? undefined : format);
  }
  expect(new Set(streams.map(({ format }) => format)).size).toBe(6);
  expect(streams.length).toBeGreaterThan(35);
});

test.for(streams)('$kind: $payload', ({ kind, payload, text, format }) => {
  const bytes = decode(text);
  const expected = payloads[payload] as Uint8Array;
  expect(Buffer.compare(decompressOne(format, bytes, 1e7, portableInflate), expected)).toBe(0);
  if (kind === unusual) return;
  const result = decompress(bytes, portableInflate, defaultLimits);
  expect(Buffer.compare(result.bytes, expected)).toBe(0);
  expect(result.layers).toEqual([format]);
});

/** Formats and options without a checksum of the data. */
const unchecked = ['lzma', 'lzma known size', 'lzma literal bits', 'xz none', 'lz4', 'lz4 frames', 'lz4 high, no size'];

describe.for(streams.filter(({ payload }) => payload === 'words' || payload === 'runs'))(
  '$kind: $payload',
  ({ kind, text, format }) => {
    const bytes = decode(text);
    const size = decompressOne(format, bytes, 1e9, portableInflate).length;

    test('stops at the limit', () => {
      expect(decompressOne(format, bytes, size, portableInflate).length).toBe(size);
      for (const most of [0, 1, 5000, size - 1]) {
        expect(() => decompressOne(format, bytes, most, portableInflate), `${most} bytes`).toThrow(
          expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
        );
      }
    });

    test('notices that the end is missing', () => {
      for (const cut of [1, 5, 9, 40, bytes.length >> 1]) {
        const outcome = outcomeOf(() =>
          decompressOne(format, bytes.subarray(0, bytes.length - cut), 1e9, portableInflate),
        );
        // What is left of several streams in a row may be whole; .lzma does not say where it ends but at its end.
        expect(outcome === 'CORRUPT_FILE' || (typeof outcome === 'number' && outcome < size) || outcome === size).toBe(
          true,
        );
        if (typeof outcome === 'number') expect(isSeveral(bytes, format)).toBe(true);
      }
    });

    test('notices a flipped bit', () => {
      let noticed = 0;
      for (let i = 0; i < 40; i++) {
        const damaged = bytes.slice();
        const at = Math.floor((i / 40) * bytes.length);
        damaged[at] = (damaged[at] as number) ^ (1 << (i % 8));
        const outcome = outcomeOf(() => decompressOne(format, damaged, 1e7, portableInflate));
        if (typeof outcome === 'string') noticed++;
      }
      // Headers hold fields that mean nothing, such as times and names.
      expect(noticed).toBeGreaterThan(unchecked.includes(kind) ? 1 : 36);
    });
  },
);

test.for([
  ['xz sha256', 'UNSUPPORTED_FORMAT', 'check type 10'],
  ['xz delta', 'UNSUPPORTED_FORMAT', '"delta"'],
  ['xz x86', 'UNSUPPORTED_FORMAT', '"x86"'],
] as const)('%s is refused', ([name, code, message]) => {
  const bytes = decode(file.refused[name] as string);
  expect(() => decompress(bytes, portableInflate, defaultLimits)).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  );
});

test('a bomb is refused by what its index says, without decompressing', () => {
  const bomb = new Uint8Array(
    readFileSync(new URL('../../../../../fixtures/hostile/xz-bomb-11gib.joblib', import.meta.url)),
  );
  const start = performance.now();
  expect(() => decompress(bomb, portableInflate, defaultLimits)).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
  expect(performance.now() - start).toBeLessThan(200);
});

test('an index that lies does not help a bomb', () => {
  // The size in the index of a stream of zeros, made smaller; its checksum made right again.
  const bytes = decode((file.streams['xz crc64'] as Record<string, string>)['zeros'] as string);
  const index = bytes.length - 12 - 4 * ((bytes[bytes.length - 8] as number) + 1);
  const size = [...bytes.subarray(index, -12)].findIndex(
    (byte, i, all) => byte === 0xe0 && all[i + 1] === 0xa7 && all[i + 2] === 0x12,
  );
  expect(size).toBeGreaterThan(0);
  bytes[index + size] = 0xe1;
  new DataView(bytes.buffer).setUint32(bytes.length - 16, crc32(bytes, index, bytes.length - 16), true);
  expect(() => decompress(bytes, portableInflate, defaultLimits)).toThrow(
    expect.objectContaining({ code: 'CORRUPT_FILE' }),
  );
});

test('compression inside compression ends somewhere', () => {
  const once = decode((file.streams['zlib stored'] as Record<string, string>)['runs'] as string);
  const wrap = (bytes: Uint8Array) => {
    const stored = new Uint8Array(bytes.length + 11);
    stored.set([0x78, 0x01, 1, bytes.length & 255, bytes.length >> 8, ~bytes.length & 255, (~bytes.length >> 8) & 255]);
    stored.set(bytes, 7);
    new DataView(stored.buffer).setUint32(stored.length - 4, adler32(bytes));
    return stored;
  };
  expect(decompress(wrap(once), portableInflate, defaultLimits).layers).toEqual(['zlib', 'zlib']);
  expect(() => decompress(wrap(wrap(once)), portableInflate, defaultLimits)).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('other bytes come back as they are', () => {
  for (const text of ['', 'x', 'PK\x03\x04', 'plain text', ']\0not lzma, but long enough']) {
    const bytes = encode(text);
    expect(decompress(bytes, portableInflate, defaultLimits)).toEqual({ bytes, layers: [] });
  }
});

test('checksums of "123456789"', () => {
  const check = encode('123456789');
  expect(crc32(check).toString(16)).toBe('cbf43926');
  expect(crc32(check, 4, 9, crc32(check, 0, 4)).toString(16)).toBe('cbf43926');
  expect(adler32(check).toString(16)).toBe('91e01de');
  const { high, low } = crc64(check);
  expect(high.toString(16) + low.toString(16)).toBe('995dc9bbdf1939fa');
  expect(xxh32(new Uint8Array(0)).toString(16)).toBe('2cc5d05');
  expect(xxh32(encode('a')).toString(16)).toBe('550d7456');
});

function outcomeOf(run: () => Uint8Array): string | number {
  try {
    return run().length;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined) throw error;
    return code;
  }
}

/** Streams whose first part is a whole file of its own, or that do not check their end. */
function isSeveral(bytes: Uint8Array, kind: string): boolean {
  if (kind === 'lzma') return true;
  const mark =
    { gzip: [0x1f, 0x8b, 8], bz2: [0x42, 0x5a, 0x68], xz: [0xfd, 0x37, 0x7a], lz4: [0x04, 0x22, 0x4d] }[kind] ?? [];
  let count = 0;
  for (let i = 0; i < bytes.length; i++) if (mark.length > 0 && mark.every((byte, k) => bytes[i + k] === byte)) count++;
  return count > 1;
}

function words(count: number): Uint8Array {
  let state = 1;
  let text = '';
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    text += `word${i % 16 === 0 ? (state >> 16) & 1023 : i % 50} `;
  }
  return encode(text);
}

function noise(count: number): Uint8Array {
  let state = 7;
  return Uint8Array.from({ length: count }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state >> 16;
  });
}
