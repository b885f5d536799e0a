export { adversarialRows, neighbours, seededRandom } from './adversarial.ts';
export { demands, merge } from './demands.ts';
export { ARRAY_INPUT, emit, isArrayOfNumbers, preSteps } from './emit.ts';
export { evaluator } from './evaluate.ts';
export * as ops from './ops/index.ts';
export { seenColumns, type Seen } from './seen.ts';
export { joinTrees, leafOf, type TreeEnsemble, type TreeTable, type TreeTables } from './trees.ts';
export {
  input,
  MISSING,
  topological,
  value,
  type Demand,
  type InputParams,
  type Model,
  type ModelOutput,
  type Op,
  type Row,
  type Shape,
  type Value,
  type ValueType,
} from './value.ts';
