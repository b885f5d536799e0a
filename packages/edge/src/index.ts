export { createPredictor, writeModule, type PredictorFiles } from './create-predictor.ts';
export { openPredictor, type ModuleFiles } from './open-predictor.ts';
export type { Predictor } from './predictor.ts';
