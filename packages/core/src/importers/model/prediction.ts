import { ops, type Value } from '../../ir/index.ts';
import type { Scalar } from '../../signature/index.ts';

/** Class labels in the order of the probability columns. */
export interface Classes {
  readonly labels: readonly Scalar[];
  /** What they were in Python; `1` and `1.0` are both numbers here. */
  readonly type: 'string' | 'integer' | 'float' | 'boolean';
}

export interface Classifier {
  readonly kind: 'classifier';
  readonly classes: Classes;
  /** int64 position in the classes, [N,1]: the library's own decision, not always the largest probability. */
  readonly position: Value;
  /** [N,K] float64. */
  readonly probabilities?: Value | undefined;
  /** decision_function: [N,1] for two classes, else [N,K] (or [N,K(K-1)/2]). */
  readonly scores?: Value | undefined;
}

export interface Regressor {
  readonly kind: 'regressor';
  /** [N, targets]. */
  readonly value: Value;
  /** The library answers one number a row (false: an array, even of one). */
  readonly single: boolean;
}

export interface Clusterer {
  readonly kind: 'clusterer';
  /** int64 [N,1]. */
  readonly label: Value;
  /** `transform`: distances to the centres, [N,K]. */
  readonly distances?: Value | undefined;
  /** Mixtures: predict_proba, [N,K]. */
  readonly probabilities?: Value | undefined;
}

export interface Outlier {
  readonly kind: 'outlier';
  /** int64 [N,1]: 1 inlier, -1 outlier. */
  readonly label: Value;
  /** decision_function [N,1]. */
  readonly score: Value;
  /** score_samples [N,1]. */
  readonly samples?: Value | undefined;
}

/** Several yes/no targets at once: predict is a 0/1 matrix. */
export interface MultiLabel {
  readonly kind: 'multilabel';
  /** int64 [N,T]. */
  readonly labels: Value;
  /** [N,T]: probability of yes. */
  readonly probabilities?: Value | undefined;
  readonly scores?: Value | undefined;
}

/** One classifier per target. */
export interface MultiClassifier {
  readonly kind: 'multiclassifier';
  readonly targets: readonly Classifier[];
}

/** A model whose answer is the transformed row. */
export interface Transformer {
  readonly kind: 'transformer';
  readonly output: Value;
  readonly names?: readonly string[] | undefined;
}

/** The head of a model: what it answers. */
export type Prediction = (Classifier | Regressor | Clusterer | Outlier | MultiLabel | MultiClassifier | Transformer) & {
  /** Predictors that also transform (LDA, KMeans): what `transform` gives. */
  readonly transformed?: Value | undefined;
  /** score_samples of models that are no outlier detectors. */
  readonly samples?: Value | undefined;
  /** Further methods of the original (raw margins, …); one of them may replace what `predict` means. */
  readonly extras?: readonly Extra[] | undefined;
};

/** A graph output that answers a method of the original beyond the usual ones. */
export interface Extra {
  readonly method: string;
  readonly name: string;
  readonly value: Value;
  /** [N] instead of [N,1]. */
  readonly flat: boolean;
}

/** An answer whose numbers are float64. */
export function widened(prediction: Prediction): Prediction {
  const wide = <T extends Value | undefined>(value: T): T =>
    (value?.dtype === 'float32' ? ops.cast(value, 'float64') : value) as T;
  switch (prediction.kind) {
    case 'regressor':
      return { ...prediction, value: wide(prediction.value) };
    case 'classifier':
    case 'multilabel':
      return { ...prediction, probabilities: wide(prediction.probabilities), scores: wide(prediction.scores) };
    case 'multiclassifier':
      return {
        ...prediction,
        targets: prediction.targets.map((target) => ({ ...target, probabilities: wide(target.probabilities) })),
      };
    default:
      return prediction;
  }
}
