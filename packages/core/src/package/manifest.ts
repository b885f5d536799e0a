import type { Signature } from '../signature/index.ts';
import type { AnswerColumn, OutputSpec } from './answer-columns.ts';

/** One file of the package, `slipway.json` itself left out. */
export interface FileEntry {
  /** Relative, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Where the model came from, as far as its bytes tell; the file's name and the time of the import belong to the registry. */
export interface PackageSource {
  /** Of the bytes that were imported; of a folder: of its sorted list of `sha256  path` lines. */
  readonly sha256: string;
  readonly size: number;
  /** `scikit-learn pipeline`, `ONNX graph`, … */
  readonly what: string;
  /** `pickle`, `joblib (zlib)`, … */
  readonly container: string;
  readonly library: { readonly name: string; readonly version?: string | undefined };
  /** Version of the Python that trained, where the file tells. */
  readonly python?: string | undefined;
}

/**
 * How the goldens were obtained.
 *
 * - `original`: answers of the source library
 * - `cross-checked`: the reference evaluator and an executor agree
 * - `single`: one executor alone
 */
export type GoldenKind = 'original' | 'cross-checked' | 'single';

export interface GoldenSummary {
  /** The strongest claim among them; only `original` claims parity with the library. `none`: there are none. */
  readonly kind: GoldenKind | 'none';
  readonly original: number;
  readonly crossChecked: number;
  readonly single: number;
}

/** `slipway.json`: what the package is, and the digest of every other file. No clock, path or user is in it. */
export interface Manifest {
  readonly formatVersion: number;
  readonly task: Signature['task'];
  readonly source: PackageSource;
  readonly importer: { readonly name: string; readonly version: string };
  /** Options of the import that change the model. */
  readonly options: {
    readonly object?: string | undefined;
    readonly threshold?: number | undefined;
    /** Declared preprocessing of pictures. */
    readonly image?: unknown;
  };
  readonly goldens: GoldenSummary;
  readonly signature: Signature;
  /** Outputs of the graph, in its order. */
  readonly outputs: readonly OutputSpec[];
  /** How an answer looks as flat columns. */
  readonly answer: readonly AnswerColumn[];
  readonly files: readonly FileEntry[];
}
