import type { Converter } from '../converter.ts';
import { isotonicRegression } from './isotonic-regression.ts';

export const isotonic: readonly Converter[] = [isotonicRegression];
