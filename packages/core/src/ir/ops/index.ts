export * from './bag.ts';
export * from './categories.ts';
export * from './chi-squared.ts';
export * from './columns.ts';
export * from './comparison.ts';
export * from './coupling.ts';
export * from './date-parts.ts';
export * from './domain.ts';
export * from './donors.ts';
export { errorFunction } from './error-function.ts';
export * from './expanded-squares.ts';
export * from './linear-leaves.ts';
export * from './lower-solve.ts';
export * from './lookup.ts';
export * from './median.ts';
export * from './nearest.ts';
export * from './normal-quantile.ts';
export { normalShare } from './normal-share.ts';
export * from './numbers.ts';
export * from './reduce.ts';
export * from './repeat.ts';
export * from './rounds.ts';
export * from './search.ts';
export {
  cosine,
  exponentialMinusOne,
  hyperbolicCosine,
  hyperbolicSine,
  inverseCosine,
  inverseHyperbolicSine,
  inverseHyperbolicTangent,
  inverseSine,
  inverseTangent,
  logOfOnePlus,
  tangent,
} from './special.ts';
export * from './topics.ts';
export * from './trees.ts';
export * from './target-statistics.ts';
