import type { Converter } from '../converter.ts';
import { gaussianMixture } from './gaussian-mixture.ts';

export const mixture: readonly Converter[] = [gaussianMixture];
