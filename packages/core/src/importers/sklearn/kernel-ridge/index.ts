import type { Converter } from '../converter.ts';
import { kernelRidge } from './kernel-ridge.ts';

export const kernelRidges: readonly Converter[] = [kernelRidge];
