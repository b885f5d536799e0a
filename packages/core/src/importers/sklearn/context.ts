import { fail } from '../../errors/index.ts';
import { ops, type Value } from '../../ir/index.ts';
import type { Step } from '../importer.ts';
import { Features } from '../model/features.ts';
import { widened, type Prediction } from '../model/prediction.ts';
import type { Converter } from './converter.ts';
import { Fitted, PyGlobal, PyObject, type Plain } from './fitted.ts';

const MAX_DEPTH = 40;
/** Estimators asked in all: an ensemble of many pipelines stays far below, shared members of shared members would not end. */
const MAX_ESTIMATORS = 20_000;

/** What converters share during one import: dispatch to each other, and the report that grows. */
export class Context {
  readonly steps: Step[] = [];
  readonly warnings: string[] = [];
  readonly #converters: ReadonlyMap<string, Converter>;
  readonly #names = new Map<string, number>();
  readonly #open: { object: PyObject; fitted: Fitted }[] = [];

  constructor(converters: ReadonlyMap<string, Converter>) {
    this.#converters = converters;
  }

  /** Transforms features by an estimator of the file. `name` extends the path of the estimator at work. */
  transform(estimator: Plain | undefined, input: Features, name: string): Features {
    return this.#enter(estimator, name, (fitted, converter) => {
      if (!converter.transform && !converter.predict) throw cannot(fitted, 'transform');
      this.#note(fitted, converter, input);
      if (converter.transform) return withForm(converter, fitted, input, converter.transform(fitted, input, this));
      // Voting and stacking transform too: their members' answers side by side.
      const transformed = converter.predict?.(fitted, input, this).transformed;
      if (!transformed) throw cannot(fitted, 'transform');
      return new Features([transformed]);
    });
  }

  /** score_samples of an estimator that transforms. */
  samples(estimator: Plain | undefined, input: Features, name: string): Value | undefined {
    return this.#enter(estimator, name, (fitted, converter) => converter.samples?.(fitted, input));
  }

  /** Predicts by an estimator of the file. */
  predict(estimator: Plain | undefined, input: Features, name: string): Prediction {
    return this.#enter(estimator, name, (fitted, converter) => {
      if (!converter.predict) throw cannot(fitted, 'predict');
      this.#note(fitted, converter, input);
      return converter.predict(fitted, input, this);
    });
  }

  /** Predicts by a member of another model, which goes on in float64 where boosters answer in float32. */
  member(estimator: Plain | undefined, input: Features, name: string): Prediction {
    return widened(this.predict(estimator, input, name));
  }

  /** Whether the class of an estimator can predict here (a pipeline: its last step). */
  predicts(estimator: Plain | undefined): boolean {
    return estimator instanceof PyObject && this.#converters.get(estimator.path)?.predict !== undefined;
  }

  /** Whether the class of an estimator has a converter that transforms. */
  transforms(estimator: Plain | undefined): boolean {
    return estimator instanceof PyObject && this.#converters.get(estimator.path)?.transform !== undefined;
  }

  /** Typed access to another object of the file, such as `tree_`. */
  fitted(object: PyObject, name: string): Fitted {
    const parent = this.#open.at(-1)?.fitted;
    return new Fitted(object, parent ? `${parent.path}.${name}` : name, parent?.version);
  }

  /** Features times a weight (`transformer_weights`). */
  scaled(features: Features, weight: number): Features {
    if (!features.width) return features;
    return new Features([ops.multiply(features.numbers(), weight)], features.names).like(features);
  }

  /** A name that no other part of the model has: `text`, `text_2`, … */
  unique(name: string): string {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return count === 1 ? name : `${name}_${count}`;
  }

  warn(text: string): void {
    if (!this.warnings.includes(text)) this.warnings.push(text);
  }

  #enter<T>(estimator: Plain | undefined, name: string, work: (fitted: Fitted, converter: Converter) => T): T {
    const path = [...this.#open.map(({ fitted }) => fitted.path).slice(-1), name].join('.');
    if (!(estimator instanceof PyObject)) {
      const what =
        estimator instanceof PyGlobal
          ? `${estimator.path} (a class or function instead of a fitted object)`
          : 'no estimator';
      throw fail('NOT_A_MODEL', { problem: `${path} is ${what}.` });
    }
    if (this.#open.length >= MAX_DEPTH || this.#open.some(({ object }) => object === estimator)) {
      throw fail('CORRUPT_FILE', {
        format: 'scikit-learn',
        problem: `${path} contains itself, or is nested too deeply`,
      });
    }
    if (this.steps.length >= MAX_ESTIMATORS) {
      throw fail('LIMIT_EXCEEDED', { format: 'scikit-learn', what: 'the number of estimators', limit: MAX_ESTIMATORS });
    }
    const fitted = new Fitted(estimator, path, this.#open.at(-1)?.fitted.version);
    const converter = this.#converters.get(estimator.path);
    if (!converter) throw noConverter(fitted);
    this.#open.push({ object: estimator, fitted });
    try {
      return work(fitted, converter);
    } finally {
      this.#open.pop();
    }
  }

  #note(fitted: Fitted, converter: Converter, input: Features): void {
    const state = converter.state?.(fitted) ?? `${input.width} column${input.width === 1 ? '' : 's'}`;
    this.steps.push({
      path: fitted.path,
      type: fitted.type,
      state,
      became: converter.became,
      exactness: converter.exactness,
    });
  }
}

/** What a transformer gives, as the matrix that the library makes of it. */
function withForm({ sparse }: Converter, fitted: Fitted, input: Features, output: Features): Features {
  if (sparse === 'made') return output;
  const isSparse = sparse === 'kept' ? input.sparse : (sparse?.(fitted, input) ?? false);
  return output.as(isSparse ? 'sparse' : 'dense');
}

function cannot(fitted: Fitted, verb: string): Error {
  return fail('UNSUPPORTED_MODEL', {
    path: fitted.path,
    what: `${fitted.name} in a place where it has to ${verb}`,
    why: '',
    advice: 'Check the order of the pipeline.',
  });
}

const LIBRARIES = /^(sklearn|xgboost|lightgbm|catboost|imblearn|category_encoders|pycaret|pyod)\b/;

/** Classes without predict and transform. */
const TRAINING_ROWS_ONLY =
  /^sklearn\.(cluster\.\w+\.(DBSCAN|HDBSCAN|OPTICS|AgglomerativeClustering|SpectralClustering|SpectralBiclustering|SpectralCoclustering)|manifold\.\w+\.(TSNE|MDS|SpectralEmbedding))$/;

/** The error for a class that nobody converts: custom code, or a known library's class without a converter. */
export function noConverter(fitted: Fitted): Error {
  if (!LIBRARIES.test(fitted.type)) return fail('CUSTOM_CODE', { path: fitted.path, name: fitted.type });
  if (TRAINING_ROWS_ONLY.test(fitted.type))
    return fitted.unsupported(
      fitted.type,
      'Train a model that predicts on its labels (KMeans, a nearest-neighbour classifier) and import that.',
      'it knows the training rows only, and scikit-learn has no answer for a new one',
    );
  return fail('UNSUPPORTED_MODEL', {
    path: fitted.path,
    what: fitted.type,
    why: ': it has no converter yet',
    advice:
      'See docs/reference/support.md for what converts. Replace the step, or export the model to ONNX and import that.',
  });
}
