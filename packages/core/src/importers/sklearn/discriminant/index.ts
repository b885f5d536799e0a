import type { Converter } from '../converter.ts';
import { linearDiscriminant } from './linear.ts';
import { quadraticDiscriminant } from './quadratic.ts';

export const discriminant: readonly Converter[] = [linearDiscriminant, quadraticDiscriminant];
