import type { Converter } from '../converter.ts';
import { columnTransformer } from './column-transformer.ts';
import { featureUnion } from './feature-union.ts';
import { pipeline } from './pipeline.ts';

export const pipelines: readonly Converter[] = [columnTransformer, featureUnion, pipeline];
