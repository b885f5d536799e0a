import { fail } from '../errors/index.ts';
import { decompress, type Compression, type Inflate } from './compression/index.ts';
import { joblibHooks, unpackOldJoblib } from './joblib/index.ts';
import { checkInputSize, defaultLimits, inflatedLimit, type Limits } from './limits/index.ts';
import { readPickle, refuseDangerous, type PickleContent } from './pickle/index.ts';
import { explainUnknown, sniff, titleOf, type FileKind } from './sniff.ts';

/** A pickle or joblib file, read as data. */
export interface PythonFile extends PickleContent {
  /** For people: `pickle`, `joblib`, `joblib, zlib`, `pickle, gzip`. */
  readonly container: string;
  readonly warnings: readonly string[];
}

export interface ReadPythonOptions {
  readonly inflate: Inflate;
  readonly limits?: Partial<Limits> | undefined;
  /** Lets a caller that only shows what is inside (`inspect`) read files whose names are unsafe. Nothing runs either way. */
  readonly allowUnsafe?: boolean | undefined;
}

const pickleKinds: readonly FileKind[] = ['pickle', 'pickle-text'];
const pythonKinds: readonly FileKind[] = [...pickleKinds, 'joblib-zf', 'zlib', 'gzip', 'bz2', 'xz', 'lzma', 'lz4'];

/** Whether the first bytes are those of a pickle, or of a compression that joblib uses around one. */
export function isPythonFile(bytes: Uint8Array): boolean {
  return pythonKinds.includes(sniff(bytes));
}

/** Reads a pickle or joblib file, compressed or not; refuses it when it refers to anything unsafe. */
export function readPython(file: Uint8Array, options: ReadPythonOptions): PythonFile {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  checkInputSize(file, limits);
  // A Buffer's `slice` shares memory instead of copying; from here on it is a plain view.
  const plain = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const { bytes, layers } = unpack(plain, options.inflate, limits);
  const content = readPickle(bytes, limits, joblibHooks);
  if (!options.allowUnsafe) refuseDangerous(content.globals);
  return {
    ...content,
    container: describeContainer(content, layers),
    warnings: content.trailing ? ['Bytes follow the end of the pickle; they were not read.'] : [],
  };
}

function unpack(
  file: Uint8Array,
  inflate: Inflate,
  limits: Limits,
): { bytes: Uint8Array; layers: readonly Compression[] } {
  if (sniff(file) === 'joblib-zf') {
    return { bytes: unpackOldJoblib(file, inflatedLimit(limits, file.length), inflate), layers: ['zlib'] };
  }
  const { bytes, layers } = decompress(file, inflate, limits);
  const kind = sniff(bytes);
  if (pickleKinds.includes(kind)) return { bytes, layers };
  if (layers.length === 0) throw explainUnknown(bytes, 'the file');
  throw fail('UNKNOWN_FORMAT', { problem: `inside its ${layers.join(' and ')} compression it is ${titleOf(kind)}.` });
}

function describeContainer(content: PickleContent, layers: readonly Compression[]): string {
  const isJoblib = content.globals.has('joblib.numpy_pickle.NumpyArrayWrapper');
  return [isJoblib ? 'joblib' : 'pickle', ...layers].join(', ');
}
