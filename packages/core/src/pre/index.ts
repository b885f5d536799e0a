export { type Analyzer } from './analyze.ts';
export { bagOf, type Bag, type BagStep, type Vocabulary, type Weighting } from './bag.ts';
export { dateParts, partsOfDate, type DatePart, type DatePartsStep } from './date-parts.ts';
export { englishStopWords } from './english.ts';
export { declaredImage, type DeclaredImage } from './image/declared.ts';
export type { ImageStep } from './image/step.ts';
export { compilePre, readPre, type PreStep, type StepRunners } from './run.ts';
export { MISSING } from './missing.ts';
export { tokenizer } from './pattern.ts';
export {
  targetStatistics,
  widthOf,
  type Statistic,
  type StatisticsTable,
  type TargetStatisticsStep,
} from './target-statistics.ts';
export { tokensOutputs, type TokensStep } from './tokens/step.ts';
