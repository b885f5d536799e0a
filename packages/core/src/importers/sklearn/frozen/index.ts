import type { Converter } from '../converter.ts';
import { frozenEstimator } from './frozen-estimator.ts';

export const frozen: readonly Converter[] = [frozenEstimator];
