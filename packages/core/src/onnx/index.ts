export {
  attribute,
  floatOf,
  floatsOf,
  intOf,
  intsOf,
  stringOf,
  stringsOf,
  tensorOf,
  type AttributeValue,
} from './attributes.ts';
export { readAbout, type About } from './about.ts';
export { GraphBuilder, type GraphBuilderOptions, type NodeOptions } from './builder.ts';
export { checkModel } from './check.ts';
export { arrayOf, bytesOf, codeOf, dtypeOf, viewOf } from './dtypes.ts';
export { emitHeapSelection, type HeapSelection } from './heap-selection.ts';
export { concreteShapes, inferShapes, type InferredType } from './infer-shapes.ts';
export {
  opsetOf,
  tensorInfo,
  type Attribute,
  type Dim,
  type Graph,
  type Node,
  type OnnxModel,
  type OpsetImport,
  type ValueInfo,
  type ValueType,
} from './model.ts';
export { externalFiles, readOnnx, type ReadOptions } from './read.ts';
export { renamed } from './rename.ts';
export { writeOnnx } from './write.ts';
export { sliceRanges, splitSizes } from './shapes/indexing.ts';
export { permutationOf } from './shapes/layout.ts';
export { axesOf, axisOf, type Shaped } from './shapes/shaped.ts';
export { readTreeEnsemble, treeModes, type TreeEnsemble } from './tree-ensemble.ts';
