import type { Converter } from '../converter.ts';
import { search } from './search.ts';
import { fixedThresholdClassifier, tunedThresholdClassifier } from './threshold.ts';

export const modelSelection: readonly Converter[] = [search, fixedThresholdClassifier, tunedThresholdClassifier];
