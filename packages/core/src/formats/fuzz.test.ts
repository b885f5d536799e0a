import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import { decompress, decompressOne, detectCompression, portableInflate } from './compression/index.ts';
import { decodePicture, orientationOf } from './image/index.ts';
import { defaultLimits, type Limits } from './limits/index.ts';
import { readNpy, readNpz } from './npy/index.ts';
import { readPython } from './python-file.ts';
import { NdArray, readSparse, repr, toDense, walk, type Plain } from './python/index.ts';
import { readSkops } from './skops/index.ts';
import { explainUnknown, sniff } from './sniff.ts';
import { readTar } from './tar/index.ts';
import { readUbjson } from './ubjson/index.ts';
import { readZip } from './zip/index.ts';

/** Seconds in all; `SLIPWAY_FUZZ_SECONDS=600 npm test -- formats/fuzz` looks for longer. */
const seconds = Number(process.env['SLIPWAY_FUZZ_SECONDS'] ?? 4);
/** Another seed sees other files; the default one makes every run the same. */
const seed = Number(process.env['SLIPWAY_FUZZ_SEED'] ?? 1);
/** No input of this size may take longer, whatever is in it. */
const MOST_MS = 2000;

const fixtures = new URL('../../../../fixtures/', import.meta.url);
const limits: Limits = {
  ...defaultLimits,
  inflatedFloorBytes: 8 * 2 ** 20,
  inflatedRatio: 20,
  objects: 200_000,
  opcodes: 2_000_000,
};
const bytesOf = (path: string) => new Uint8Array(readFileSync(new URL(path, fixtures)));
const made = JSON.parse(readFileSync(new URL('formats/compressed.json', fixtures), 'utf8')) as Record<
  string,
  Record<string, string>
>;
const pickles = JSON.parse(readFileSync(new URL('formats/pickles.json', fixtures), 'utf8')) as {
  protocols: Record<string, string[]>;
  npy: Record<string, string>;
  sparse_npz: Record<string, string>;
};
const decode = (text: string) => new Uint8Array(Buffer.from(text, 'base64'));

const pictures = [
  'rgb.png',
  'palette.png',
  'interlaced.png',
  'q75-1.jpg',
  'progressive.jpg',
  'restart.jpg',
  'cmyk.jpg',
  'gray.jpg',
].map((name) => bytesOf(`images/${name}`));

interface Target {
  readonly name: string;
  readonly files: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => void;
}

const models = [
  'sk12-iris-logreg-pickle2/model.pkl',
  'sk12-multilabel-ovr/model.pkl',
  'sk15-churn-logreg-pipeline/model.joblib',
  'sk15-bundle-dict/bundle.joblib',
  'sk19-iris-gnb/iris.pkl',
  'sk19-iris-tree-strings/model.joblib',
  'sk15-cancer-calibrated-linsvc/model.pkl.gz',
  'sk15-preprocess-only/preprocess.joblib',
  'sk19-churn-gridsearch-rf/search.joblib',
].map((path) => bytesOf(`models/${path}`));
const streams = Object.values(made['streams'] as unknown as Record<string, Record<string, string>>)
  .flatMap((byPayload) => Object.values(byPayload).map(decode))
  .filter((bytes) => bytes.length < 20_000);

const targets: readonly Target[] = [
  {
    name: 'pictures',
    files: pictures,
    read: (bytes) => {
      orientationOf(bytes);
      decodePicture(bytes);
    },
  },
  {
    name: 'pickle and joblib',
    files: [
      // Without their compression: inside it nearly every change would only be a wrong checksum.
      ...models.map((bytes) => decompress(bytes, portableInflate, limits).bytes),
      ...Object.values(pickles.protocols).flatMap((all) => all.map(decode)),
      ...['reduce-os-system-p0.pkl', 'billion-laughs-lists.pkl', 'self-list.pkl'].map((path) =>
        bytesOf(`hostile/${path}`),
      ),
    ],
    read(bytes) {
      use(readPython(bytes, { inflate: portableInflate, limits, allowUnsafe: true }).value);
    },
  },
  {
    name: 'compressed files',
    files: [...streams, ...models.slice(6)],
    read(bytes) {
      const kind = detectCompression(bytes);
      if (kind) decompressOne(kind, bytes, 4 * 2 ** 20, portableInflate);
    },
  },
  {
    name: 'archives and arrays',
    files: [
      ...Object.values(made['zip'] ?? {}).map(decode),
      ...Object.values(made['tar'] ?? {}).map(decode),
      ...Object.values(pickles.npy).map(decode),
      ...Object.values(pickles.sparse_npz).map(decode),
    ],
    read(bytes) {
      const kind = sniff(bytes);
      if (kind === 'npy') use(readNpy(bytes, limits).array);
      else if (kind === 'tar') for (const entry of readTar(bytes, limits).entries.values()) entry.read();
      else if (kind === 'zip') {
        for (const entry of readZip(bytes, portableInflate, limits).entries.values()) entry.read();
        for (const array of readNpz(bytes, portableInflate, limits).arrays.values()) use(array);
      } else explainUnknown(bytes, 'file');
    },
  },
  {
    name: 'UBJSON and skops',
    files: [
      bytesOf('models/xgb3-diabetes-reg-ubj/model.ubj'),
      bytesOf('models/mlflow3-taxi-sklearn-skops/model/model.skops'),
    ],
    read(bytes) {
      if (bytes[0] === 0x7b) readUbjson(bytes);
      else use(readSkops(bytes, { inflate: portableInflate, limits, allowUnsafe: true }).value);
    },
  },
];

let tried = 0;
let refused = 0;

test.for(targets)(
  '$name: only coded errors come out, and soon',
  { timeout: seconds * 1000 + 30_000 },
  ({ files, read }) => {
    const random = randomFrom(seed);
    const end = performance.now() + (seconds * 1000) / targets.length;
    for (let round = 0; performance.now() < end; round++) {
      const input = mutate(files, random);
      const start = performance.now();
      tried++;
      try {
        read(input);
      } catch (error) {
        refused++;
        if (!(error instanceof SlipwayError)) throw new Error(report('another error', round, input), { cause: error });
      }
      if (performance.now() - start > MOST_MS) throw new Error(report('too slow', round, input));
    }
  },
);

afterAll(() => {
  // If nothing were refused, or everything, the changes would be of no use.
  expect(tried).toBeGreaterThan(100);
  expect(refused / tried).toBeGreaterThan(0.3);
  expect(refused / tried).toBeLessThan(0.99);
});

/** What an importer would do with a value: walk it, list it, show it. */
function use(value: Plain): void {
  repr(value);
  walk(value, (part) => {
    if (part instanceof NdArray) {
      part.toList();
      if ('fiub'.includes(part.dtype.kind)) part.toFloat64();
      for (const { name } of part.dtype.fields ?? []) part.field(name);
    }
    const sparse = part && typeof part === 'object' ? readSparse(part) : undefined;
    if (sparse) toDense(sparse);
  });
}

function mutate(files: readonly Uint8Array[], random: () => number): Uint8Array {
  const pick = (count: number) => Math.floor(random() * count);
  const file = files[pick(files.length)] as Uint8Array;
  let bytes: Uint8Array = file.slice();
  for (let changes = 1 + pick(3); changes > 0; changes--) {
    const at = pick(bytes.length + 1);
    switch (pick(7)) {
      case 0: // cut the end off
        bytes = bytes.subarray(0, at);
        break;
      case 1: // flip a bit
        if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << pick(8));
        break;
      case 2: // another byte, often one that is a length or an opcode
        if (at < bytes.length) bytes[at] = [0, 1, 0x7f, 0x80, 0xff, pick(256)][pick(6)] as number;
        break;
      case 3: // a number that lies
        bytes.fill(pick(2) ? 0xff : 0x7f, at, at + [2, 4, 8][pick(3)]!);
        break;
      case 4: {
        // repeat a part
        const length = pick(Math.min(200, bytes.length - at + 1));
        bytes = joined([bytes.subarray(0, at + length), bytes.subarray(at)]);
        break;
      }
      case 5: // leave a part out
        bytes = joined([bytes.subarray(0, at), bytes.subarray(at + pick(64))]);
        break;
      default: {
        // splice with another file
        const other = files[pick(files.length)] as Uint8Array;
        bytes = joined([bytes.subarray(0, at), other.subarray(pick(other.length + 1))]);
      }
    }
  }
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function report(what: string, round: number, input: Uint8Array): string {
  return `${what} with SLIPWAY_FUZZ_SEED=${seed} in round ${round}: ${Buffer.from(input).toString('base64').slice(0, 20_000)}`;
}

/** mulberry32: small, seeded, good enough. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
