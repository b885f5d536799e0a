import { elementwiseShapes } from './elementwise.ts';
import { indexingShapes } from './indexing.ts';
import { layoutShapes } from './layout.ts';
import { linearShapes } from './linear.ts';
import { mlShapes } from './ml.ts';
import type { ShapeRule } from './shaped.ts';
import { sourceShapes } from './source.ts';

/** Shape rules of the domains ai.onnx and ai.onnx.ml by operator. The results of other operators are unknown. */
export const shapeRules: Readonly<Record<string, ShapeRule>> = {
  ...elementwiseShapes,
  ...layoutShapes,
  ...indexingShapes,
  ...sourceShapes,
  ...linearShapes,
  ...mlShapes,
};
