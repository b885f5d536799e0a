import { detectCompression, type Compression } from '../compression/detect.ts';
import { latin1 } from '../text.ts';
import { sniffJson } from './json.ts';
import { sniffProtobuf } from './protobuf.ts';
import { sniffText } from './text.ts';

/** Everything that a file's first bytes can tell, with a name for people. */
const titles = {
  empty: 'an empty file',
  pickle: 'a pickle',
  'pickle-text': 'a pickle of protocol 0 or 1',
  'joblib-zf': 'a joblib file from before 2015',
  zlib: 'a zlib-compressed file',
  gzip: 'a gzip file',
  bz2: 'a bzip2 file',
  xz: 'an xz file',
  lzma: 'an lzma file',
  lz4: 'an lz4 file',
  zip: 'a zip archive',
  tar: 'a tar archive',
  npy: 'a NumPy array (.npy)',
  hdf5: 'an HDF5 file',
  onnx: 'an ONNX model',
  'tf-saved-model': 'the graph of a TensorFlow SavedModel',
  tflite: 'a TensorFlow Lite model',
  'torch-legacy': 'a PyTorch file from before version 1.6',
  safetensors: 'a safetensors file',
  gguf: 'a GGUF file',
  pmml: 'a PMML document',
  'xgboost-json': 'an XGBoost model (JSON)',
  'xgboost-ubj': 'an XGBoost model (UBJSON)',
  'xgboost-legacy': 'an XGBoost model in the old binary format',
  'lightgbm-text': 'a LightGBM model',
  'lightgbm-json': 'a LightGBM JSON dump',
  'catboost-cbm': 'a CatBoost model',
  'catboost-json': 'a CatBoost model (JSON)',
  'keras-json': 'the architecture of a Keras model, without its weights',
  'git-lfs-pointer': 'a Git LFS pointer',
  html: 'an HTML page',
  xml: 'an XML document',
  json: 'JSON that is no model',
  parquet: 'a Parquet table',
  arrow: 'an Arrow table',
  csv: 'a CSV table',
  text: 'a text file',
  unknown: 'no format that is known here',
} as const;

/** What a file is. */
export type FileKind = keyof typeof titles;

/** A kind's name with its article: `a pickle`. */
export function titleOf(kind: FileKind): string {
  return titles[kind];
}

const magic: readonly (readonly [kind: FileKind, start: string, offset?: number])[] = [
  ['torch-legacy', '\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'],
  ['joblib-zf', 'ZF0x'],
  ['zip', 'PK\x03\x04'],
  ['zip', 'PK\x05\x06'],
  ['npy', '\x93NUMPY'],
  ['hdf5', '\x89HDF\r\n\x1a\n'],
  ['tflite', 'TFL3', 4],
  ['catboost-cbm', 'CBM1'],
  ['xgboost-legacy', 'binf'],
  ['xgboost-legacy', 'CONFIG-offset:'],
  ['xgboost-legacy', 'bs64'],
  ['xgboost-ubj', '{L\x00\x00\x00\x00\x00\x00\x00\x07learner'],
  ['xgboost-ubj', '{L\x00\x00\x00\x00\x00\x00\x00\x07version'],
  ['parquet', 'PAR1'],
  ['arrow', 'ARROW1'],
  ['gguf', 'GGUF'],
  ['tar', 'ustar', 257],
  ['safetensors', '{"', 8],
];

/** Says what a file is by its first bytes. It reads no further than it must, and its answer is no promise that the rest is sound. */
export function sniff(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return 'empty';
  const head = latin1(bytes, 0, Math.min(bytes.length, 512));
  for (const [kind, start, offset = 0] of magic) {
    if (head.startsWith(start, offset) && (kind !== 'safetensors' || isHeaderLength(bytes))) return kind;
  }
  if (isUnmarkedXgboost(head)) return 'xgboost-legacy';
  const compression: Compression | undefined = detectCompression(bytes);
  if (compression) return compression;
  // Protocols 2 to 5 start with their number; a higher one is for the reader to refuse.
  if (bytes[0] === 0x80 && (bytes.length === 1 || (bytes[1] as number) < 16)) return 'pickle';
  return sniffJson(bytes) ?? sniffText(bytes, head) ?? sniffProtobuf(bytes) ?? 'unknown';
}

/** XGBoost before 1.1: parameters of a fixed size, then the names of objective and booster, each after its length. */
function isUnmarkedXgboost(head: string): boolean {
  const [, objective] = /^([a-z]+:[a-z]+).{8}(?:gbtree|gblinear|dart)/s.exec(head.slice(144, 220)) ?? [];
  return objective?.length === head.charCodeAt(136);
}

/** safetensors begin with the length of their JSON header. */
function isHeaderLength(bytes: Uint8Array): boolean {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  return length > 1n && length <= BigInt(bytes.length - 8);
}
