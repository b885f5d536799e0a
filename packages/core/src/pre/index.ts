export { type Analyzer } from './analyze.ts';
export { bagOf, type Bag, type BagStep, type Vocabulary, type Weighting } from './bag.ts';
export { englishStopWords } from './english.ts';
export { compilePre, readPre, type PreStep } from './run.ts';
export { MISSING } from './missing.ts';
export {
  targetStatistics,
  widthOf,
  type Statistic,
  type StatisticsTable,
  type TargetStatisticsStep,
} from './target-statistics.ts';
