import type { Converter } from '../converter.ts';
import { partialLeastSquares, plsSvd } from './partial-least-squares.ts';

export const crossDecomposition: readonly Converter[] = [partialLeastSquares, plsSvd];
