import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixturesFolder, hostileFiles } from './fixtures.ts';
import { importPath } from './parity.ts';

/** How each hostile file ends; what is not listed is damaged and ends as CORRUPT_FILE. */
const endings: Readonly<Record<string, string>> = {
  'billion-laughs-lists.pkl': 'NOT_A_MODEL',
  'billion-laughs-tuple-dup.pkl': 'NOT_A_MODEL',
  'build-slots-setstate.pkl': 'UNSAFE_FILE',
  'bundle.joblib': 'UNSAFE_FILE',
  'deep-lists.pkl': 'NOT_A_MODEL',
  'deep-tuples-1e6.pkl.gz': 'NOT_A_MODEL',
  'dotted-name-through-joblib.pkl': 'UNSAFE_FILE',
  'eval-p2.pkl': 'UNSAFE_FILE',
  'ext-and-persid.pkl': 'UNSUPPORTED_FORMAT',
  'getattr-chain.pkl': 'UNSAFE_FILE',
  'git-lfs-pointer.pkl': 'UNKNOWN_FORMAT',
  'inst-subprocess.pkl': 'UNSAFE_FILE',
  'lambda-layer.keras': 'UNSUPPORTED_FORMAT',
  'memo-index-4g.pkl': 'NOT_A_MODEL',
  'mlflow-path-traversal/MLmodel': 'UNSAFE_FILE',
  'mlflow-yaml-python-tag/MLmodel': 'UNSAFE_FILE',
  'not-a-model.pkl': 'UNKNOWN_FORMAT',
  'numpy-object-array.pkl': 'UNSAFE_FILE',
  'object-array.joblib': 'UNSAFE_FILE',
  'onnx-constantofshape-8tib.onnx': 'LIMIT_EXCEEDED',
  'onnx-empty.onnx': 'UNKNOWN_FORMAT',
  'onnx-external-traversal.onnx': 'INVALID_GRAPH',
  'onnx-random.onnx': 'UNKNOWN_FORMAT',
  'onnx-unknown-op.onnx': 'UNSUPPORTED_OPERATOR',
  'proto-pollution.pkl': 'NOT_A_MODEL',
  'real-logreg-with-passenger.pkl': 'UNSAFE_FILE',
  'reduce-os-system-p0.pkl': 'UNSAFE_FILE',
  'reduce-posix-system-p4.pkl': 'UNSAFE_FILE',
  'savedmodel-writefile': 'UNSUPPORTED_FORMAT',
  'self-estimator.pkl': 'NOT_A_MODEL',
  'self-list.pkl': 'NOT_A_MODEL',
  'tflite-root-offset.tflite': 'UNSUPPORTED_FORMAT',
  'truncated/churn-00000.joblib': 'UNKNOWN_FORMAT',
  'truncated/digits-000008.h5': 'UNSUPPORTED_FORMAT',
  'truncated/digits-000700.h5': 'UNSUPPORTED_FORMAT',
  'truncated/digits-029420.h5': 'UNSUPPORTED_FORMAT',
  'two-streams.pkl': 'NOT_A_MODEL',
  'xz-bomb-11gib.joblib': 'LIMIT_EXCEEDED',
  'zip-slip.keras': 'UNSAFE_ARCHIVE',
  'zlib-bomb-2gib.joblib': 'LIMIT_EXCEEDED',
};

describe('hostile files are refused, and nothing happens', () => {
  test.for(hostileFiles())('$file: $tries', ({ file, path }) => {
    const source = path.replace(/\/MLmodel$/, '');
    const began = process.cpuUsage();
    expect(() => importPath(source)).toThrow(expect.objectContaining({ code: endings[file] ?? 'CORRUPT_FILE' }));
    const { user, system } = process.cpuUsage(began);
    expect(user + system, 'microseconds of processor time').toBeLessThan(2_000_000);
    expect(existsSync('PWNED')).toBe(false);
    expect(existsSync(join(fixturesFolder, 'hostile', 'PWNED'))).toBe(false);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
