export { answerDifference, type Tolerance } from './answer-difference.ts';
export { createPredictor, writeModule, type PredictorFiles } from './create-predictor.ts';
export { openPredictor, type ModuleFiles } from './open-predictor.ts';
export type { Predictor } from './predictor.ts';
export { hostOf, type Hosted } from './host.ts';
export { openHost, openLambda, openVerified, type DeliveredFiles } from './hosted.ts';
export { lambdaOf } from './lambda/index.ts';
export { replay, type Vector } from './replay.ts';
