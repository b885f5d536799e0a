import type { Converter } from '../converter.ts';
import { iterativeImputer } from './iterative-imputer.ts';
import { knnImputer } from './knn-imputer.ts';
import { missingIndicator } from './missing-indicator.ts';
import { simpleImputer } from './simple-imputer.ts';

export const impute: readonly Converter[] = [iterativeImputer, knnImputer, missingIndicator, simpleImputer];
