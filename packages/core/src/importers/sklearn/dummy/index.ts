import type { Converter } from '../converter.ts';
import { dummyClassifier, dummyRegressor } from './dummy.ts';

export const dummies: readonly Converter[] = [dummyClassifier, dummyRegressor];
