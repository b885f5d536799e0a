import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SlipwayError } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { checkModel, externalFiles, readOnnx, writeOnnx } from './index.ts';
import { writeWire, type WireWriter } from './wire-writer.ts';

const fixtures = new URL('../../../../fixtures/', import.meta.url).pathname;
const file = (name: string) => readFileSync(fixtures + name);

test.for([
  { name: 'onnx-constantofshape-8tib.onnx', code: 'LIMIT_EXCEEDED', says: 'ConstantOfShape' },
  { name: 'onnx-empty.onnx', code: 'INVALID_GRAPH', says: 'no graph' },
  { name: 'onnx-external-traversal.onnx', code: 'INVALID_GRAPH', says: 'outside the folder' },
  { name: 'onnx-random.onnx', code: 'CORRUPT_FILE', says: 'ONNX' },
  { name: 'onnx-truncated.onnx', code: 'CORRUPT_FILE', says: 'past the end' },
  { name: 'onnx-unknown-op.onnx', code: 'UNSUPPORTED_OPERATOR', says: 'evil.ops.Exec' },
])('hostile/$name is refused', ({ name, code, says }) => {
  const load = () => checkModel(readOnnx(file(`hostile/${name}`), { external: () => file('hostile/index.json') }));
  expect(load).toThrowError(expect.objectContaining({ code, message: expect.stringContaining(says) }));
});

const models = globSync('models/*/*.onnx', { cwd: fixtures });

test('there are models', () => expect(models.length).toBeGreaterThanOrEqual(5));

test.for(models)('%s is read, checked, and the same after writing', (name) => {
  const model = readOnnx(file(name));
  checkModel(model);
  const again = readOnnx(writeOnnx(model));
  expect(again).toEqual(model);
});

test.for(models)('%s: damage gives coded errors only', (name) => {
  const bytes = file(name);
  const random = generator(7);
  const outcomes = { ok: 0, refused: 0 };
  for (let round = 0; round < 150; round++) {
    const damaged = new Uint8Array(bytes);
    const at = random(damaged.length);
    if (round % 3 === 0) damaged[at] = random(256);
    else if (round % 3 === 1) damaged.fill(255, at, at + 4);
    const cut = round % 3 === 2 ? damaged.subarray(0, at) : damaged;
    try {
      checkModel(readOnnx(cut));
      outcomes.ok++;
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      outcomes.refused++;
    }
  }
  expect(outcomes.refused).toBeGreaterThan(30);
});

test.for<[string, (w: WireWriter) => void, Partial<Tensor>]>([
  [
    'float_data, packed',
    (w) => head(w, 1, [2], () => w.packedFloats(4, Float32Array.of(1.5, NaN))),
    { dtype: 'float32', data: Float32Array.of(1.5, NaN) },
  ],
  [
    'float_data, unpacked',
    (w) => head(w, 1, [2], () => [1.5, 2].forEach((x) => w.float(4, x))),
    { dtype: 'float32', data: Float32Array.of(1.5, 2) },
  ],
  [
    'int32_data of float16',
    (w) => head(w, 10, [1], () => w.packedInts(5, [0x3c00])),
    { dtype: 'float16', data: Uint16Array.of(0x3c00) },
  ],
  [
    'int32_data of bfloat16',
    (w) => head(w, 16, [1], () => w.packedInts(5, [0x3f80])),
    { dtype: 'bfloat16', data: Uint16Array.of(0x3f80) },
  ],
  [
    'int32_data of bool, unpacked',
    (w) => head(w, 9, [2], () => [1, 0].forEach((x) => w.int(5, x))),
    { dtype: 'bool', data: Uint8Array.of(1, 0) },
  ],
  [
    'int32_data, negative',
    (w) => head(w, 3, [1], () => w.packedInts(5, [-5])),
    { dtype: 'int8', data: Int8Array.of(-5) },
  ],
  [
    'int64_data',
    (w) => head(w, 7, [2], () => w.packedInts(7, BigInt64Array.of(-1n, 2n ** 62n))),
    { dtype: 'int64', data: BigInt64Array.of(-1n, 2n ** 62n) },
  ],
  [
    'uint64_data',
    (w) => head(w, 13, [1], () => w.packedInts(11, BigInt64Array.of(-1n))),
    { dtype: 'uint64', data: BigUint64Array.of(2n ** 64n - 1n) },
  ],
  [
    'double_data',
    (w) => head(w, 11, [], () => w.bytes(10, new Uint8Array(Float64Array.of(0.1).buffer))),
    { dtype: 'float64', data: Float64Array.of(0.1) },
  ],
  ['string_data', (w) => head(w, 8, [2], () => w.strings(6, ['a', 'é'])), { dtype: 'string', data: ['a', 'é'] }],
  [
    'raw_data that is not aligned',
    (w) => head(w, 11, [1], () => w.bytes(9, new Uint8Array(Float64Array.of(-0).buffer))),
    { dtype: 'float64', data: Float64Array.of(-0) },
  ],
])('a tensor in %s', ([, write, expected]) => {
  const model = readOnnx(modelWith(write));
  expect(model.graph.initializers.get('w')).toMatchObject(expected);
});

test.for<[string, (w: WireWriter) => void]>([
  ['fewer elements than its shape', (w) => head(w, 1, [3], () => w.packedFloats(4, Float32Array.of(1)))],
  ['a shape of 2^62', (w) => head(w, 1, [2 ** 31, 2 ** 31], () => {})],
  ['a negative dimension', (w) => head(w, 1, [-1], () => {})],
  ['half an element', (w) => head(w, 11, [1], () => w.bytes(9, new Uint8Array(7)))],
  ['an unknown element type', (w) => head(w, 99, [1], () => w.bytes(9, new Uint8Array(8)))],
])('a tensor with %s is refused', ([, write]) => {
  expect(() => readOnnx(modelWith(write))).toThrowError(expect.objectContaining({ code: 'INVALID_GRAPH' }));
});

test('nesting beyond the limit is refused', () => {
  const nest = (w: WireWriter, depth: number): void => {
    if (depth > 0) w.message(1, () => w.message(5, () => w.message(6, () => nest(w, depth - 1))));
  };
  const bytes = writeWire((w) => w.message(7, () => nest(w, 100)));
  expect(() => readOnnx(bytes)).toThrowError(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
});

const inFile =
  (location: string, more: Record<string, string> = {}) =>
  (w: WireWriter) =>
    head(w, 11, [2], () => {
      for (const [key, value] of Object.entries({ location, ...more })) {
        w.message(13, () => {
          w.string(1, key);
          w.string(2, value);
        });
      }
      w.int(14, 1);
    });

test('weights beside the model come from the callback', () => {
  const bytes = modelWith(inFile('weights/w.bin', { offset: '8', length: '16' }));
  expect(externalFiles(bytes)).toEqual(['weights/w.bin']);
  const disk = new Uint8Array(Float64Array.of(9, 1, 2, 9).buffer);
  const model = readOnnx(bytes, { external: (name) => (name === 'weights/w.bin' ? disk : undefined) });
  expect(model.graph.initializers.get('w')?.data).toEqual(Float64Array.of(1, 2));
  expect(() => readOnnx(bytes)).toThrowError(expect.objectContaining({ code: 'INVALID_GRAPH' }));
  expect(() => readOnnx(bytes, { external: () => disk.subarray(0, 20) })).toThrowError(/ends before/);
});

test.for(['../w', '/etc/passwd', 'a/../../w', 'C:\\w', 'a\\..\\w', './w', 'a//w', '', 'w\0'])(
  'weights in %j are refused',
  (name) => {
    const bytes = modelWith(inFile(name));
    expect(() => externalFiles(bytes)).toThrowError(/outside the folder/);
    expect(() => readOnnx(bytes, { external: () => new Uint8Array(16) })).toThrowError(/outside the folder/);
  },
);

function head(w: WireWriter, type: number, dims: readonly number[], data: () => void): void {
  for (const dim of dims) w.int(1, dim);
  w.int(2, type);
  w.string(8, 'w');
  data();
}

/** A model whose graph holds one initializer `w`. */
function modelWith(writeTensor: (w: WireWriter) => void): Uint8Array {
  return writeWire((w) => {
    w.int(1, 8);
    w.message(7, () => w.message(5, () => writeTensor(w)));
    w.message(8, () => w.int(2, 17));
  });
}

/** Numbers from 0 to below a limit, the same in every run. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
