export { createPredictor, type Predictor, type PredictorFiles } from './predictor.ts';
