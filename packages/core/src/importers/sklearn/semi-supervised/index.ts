import type { Converter } from '../converter.ts';
import { labelPropagation } from './label-propagation.ts';
import { selfTrainingClassifier } from './self-training.ts';

export const semiSupervised: readonly Converter[] = [selfTrainingClassifier, labelPropagation];
