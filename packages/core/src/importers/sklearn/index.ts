import type { Converter } from './converter.ts';
import { calibration } from './calibration/index.ts';
import { compose } from './compose/index.ts';
import { dummies } from './dummy/index.ts';
import { ensembles } from './ensemble/index.ts';
import { featureExtraction } from './feature-extraction/index.ts';
import { frozen } from './frozen/index.ts';
import { impute } from './impute/index.ts';
import { linear } from './linear/index.ts';
import { modelSelection } from './model-selection/index.ts';
import { multi } from './multi/index.ts';
import { naiveBayes } from './naive-bayes/index.ts';
import { discriminant } from './discriminant/index.ts';
import { cluster } from './cluster/index.ts';
import { mixture } from './mixture/index.ts';
import { neuralNetwork } from './neural-network/index.ts';
import { isotonic } from './isotonic/index.ts';
import { kernelRidges } from './kernel-ridge/index.ts';
import { crossDecomposition } from './cross-decomposition/index.ts';
import { covariance } from './covariance/index.ts';
import { gaussianProcess } from './gaussian-process/index.ts';
import { neighbors } from './neighbors/index.ts';
import { decomposition } from './decomposition/index.ts';
import { featureSelection } from './feature-selection/index.ts';
import { kernelApproximation } from './kernel-approximation/index.ts';
import { randomProjection } from './random-projection/index.ts';
import { functionTransformers } from './function/index.ts';
import { pipelines } from './pipeline/index.ts';
import { preprocessing } from './preprocessing/index.ts';
import { semiSupervised } from './semi-supervised/index.ts';
import { svm } from './svm/index.ts';
import { trees } from './tree/index.ts';

/** Every converter of the library, by its rooms. A class belongs to exactly one of them. */
export const sklearn: readonly Converter[] = [
  ...pipelines,
  ...impute,
  ...preprocessing,
  ...functionTransformers,
  ...randomProjection,
  ...kernelApproximation,
  ...featureSelection,
  ...decomposition,
  ...featureExtraction,
  ...linear,
  ...naiveBayes,
  ...discriminant,
  ...cluster,
  ...mixture,
  ...neuralNetwork,
  ...isotonic,
  ...kernelRidges,
  ...crossDecomposition,
  ...covariance,
  ...gaussianProcess,
  ...neighbors,
  ...svm,
  ...trees,
  ...calibration,
  ...compose,
  ...dummies,
  ...ensembles,
  ...frozen,
  ...modelSelection,
  ...multi,
  ...semiSupervised,
];
