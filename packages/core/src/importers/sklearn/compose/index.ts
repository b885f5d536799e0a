import type { Converter } from '../converter.ts';
import { transformedTargetRegressor } from './transformed-target.ts';

export const compose: readonly Converter[] = [transformedTargetRegressor];
