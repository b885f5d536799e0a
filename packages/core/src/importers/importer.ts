import type { Inflate } from '../formats/compression/index.ts';
import type { Limits } from '../formats/limits/index.ts';
import type { Model } from '../ir/index.ts';
import type { OnnxModel } from '../onnx/index.ts';
import type { DeclaredImage, PreStep } from '../pre/index.ts';
import type { Scalar, Signature } from '../signature/index.ts';

/** A file, or a folder of files, as bytes. Core opens nothing itself. */
export interface Source {
  /** File or folder name as the user knows it, without directories. */
  readonly name: string;
  /** The bytes of a file; undefined for a folder. */
  readonly bytes: Uint8Array | undefined;
  /** Members of a folder: relative paths with `/`, already checked to stay inside. */
  readonly files?: ReadonlyMap<string, () => Uint8Array> | undefined;
}

/** What a folder around a model file says about it. */
export interface ImportHints {
  /** Column names of the declared signature, for models that know none. */
  readonly columns?: readonly string[] | undefined;
  /** `xgboost.sklearn.XGBClassifier` and the like: how the file answers when its own library loads it. */
  readonly modelClass?: string | undefined;
}

export interface ImportOptions {
  readonly inflate: Inflate;
  readonly limits?: Partial<Limits> | undefined;
  /** Path of the model inside a dict or tuple bundle, such as `model` or `0`. */
  readonly object?: string | undefined;
  readonly hints?: ImportHints | undefined;
  /** Decision threshold for the positive class, instead of the model's own rule. */
  readonly threshold?: number | undefined;
  /** Preprocessing of pictures for a graph that takes them. */
  readonly image?: DeclaredImage | undefined;
}

/** How exactly a step was carried over. */
export type Exactness = 'bit-exact' | '1e-12' | 'float32' | 'approximate';

/** One step of the imported pipeline, for `inspect` and the report. */
export interface Step {
  /** Where it sits: `pipeline.preprocess.numbers.scale`. */
  readonly path: string;
  /** Class as in the file: `sklearn.preprocessing._data.StandardScaler`. */
  readonly type: string;
  /** Its fitted state in words: `4 columns`. */
  readonly state: string;
  /** What it became: `subtract, divide`. */
  readonly became: string;
  readonly exactness: Exactness;
}

/** An answer of the original library that came with the file. */
export interface OriginalGolden {
  readonly row: unknown;
  /** By method: predict, predict_proba, decision_function, score_samples, transform. */
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Statistics of a column that the fitted state gives away. */
export interface DriftColumn {
  readonly column: string;
  readonly kind: 'number' | 'category';
  readonly mean?: number | undefined;
  readonly std?: number | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Quantile grid as [probability, value]. */
  readonly quantiles?: readonly (readonly [number, number])[] | undefined;
  readonly categories?: readonly Scalar[] | undefined;
  readonly source: string;
  readonly confidence: 'exact' | 'approximate';
}

/** What an import found; goes to `report.json` and `slipway inspect`. */
export interface Report {
  /** `scikit-learn pipeline`, `XGBoost booster`, … */
  readonly what: string;
  /** `pickle`, `joblib (zlib)`, … */
  readonly container: string;
  readonly library: { readonly name: string; readonly version: string | undefined };
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
  /** Package requirements known from the file, such as `scikit-learn==1.5.2`. */
  readonly requirements: readonly string[];
  readonly drift: readonly DriftColumn[];
  /** A threshold that lies beside the model in a bundle; shown, applied only on request. */
  readonly threshold?: number | undefined;
  /** Lineage from MLflow or a bundle: run id, tags, metrics, … plain JSON. */
  readonly lineage?: Readonly<Record<string, unknown>> | undefined;
}

export interface Imported {
  /** The model IR; undefined for graphs that came as ONNX. */
  readonly model: Model | undefined;
  readonly graph: OnnxModel;
  readonly signature: Signature;
  /** Declarative steps before the graph (text); written as pre.json. */
  readonly pre?: readonly PreStep[] | undefined;
  readonly goldens?: readonly OriginalGolden[] | undefined;
  readonly report: Report;
}

/** Reads one family of model files. Adding one = a folder that exports this, and its line in `index.ts`. */
export interface Importer {
  readonly id: string;
  readonly title: string;
  /** Cheap look at names and first bytes; never claims what is another's. */
  detect(source: Source, options: ImportOptions): boolean;
  convert(source: Source, options: ImportOptions): Imported;
}
