import type { Converter } from '../sklearn/converter.ts';
import { groupFeatures } from './group-features.ts';
import { pipeline } from './pipeline.ts';
import {
  cleanColumnNames,
  extractDateTimeFeatures,
  rareCategoryGrouping,
  removeMulticollinearity,
  removeOutliers,
} from './steps.ts';
import { transformerWrapper } from './wrapper.ts';

/** Classes of PyCaret 3 in the pipelines of `save_model`. */
export const pycaretConverters: readonly Converter[] = [
  cleanColumnNames,
  extractDateTimeFeatures,
  groupFeatures,
  pipeline,
  rareCategoryGrouping,
  removeMulticollinearity,
  removeOutliers,
  transformerWrapper,
];
