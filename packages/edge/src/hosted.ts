import { hostOf, type Hosted } from './host.ts';
import { lambdaOf } from './lambda/index.ts';
import { openPredictor, type ModuleFiles } from './open-predictor.ts';
import type { Predictor } from './predictor.ts';
import { replay, type Vector } from './replay.ts';

/** A delivered model: what `slipway build` wrote for a host. */
export interface DeliveredFiles extends ModuleFiles, Hosted {
  /** Rows that it must answer before it takes a request. */
  readonly vectors: readonly Vector[];
}

/** A predictor that has answered its goldens on this host; PARITY_FAILED when it did not. */
export function openVerified(files: DeliveredFiles): Predictor {
  const predictor = openPredictor(files);
  replay(predictor, files.vectors);
  return predictor;
}

/** A verified model behind `fetch(request)`. */
export const openHost = (files: DeliveredFiles) => hostOf(openVerified(files), files);

/** A verified model behind the handler of a function on AWS Lambda. */
export const openLambda = (files: DeliveredFiles) => lambdaOf(openVerified(files), files);
