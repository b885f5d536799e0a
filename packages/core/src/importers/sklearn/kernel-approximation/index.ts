import type { Converter } from '../converter.ts';
import { additiveChi2Sampler } from './additive-chi2.ts';
import { polynomialCountSketch } from './count-sketch.ts';
import { nystroem } from './nystroem.ts';
import { rbfSampler, skewedChi2Sampler } from './random-features.ts';

export const kernelApproximation: readonly Converter[] = [
  additiveChi2Sampler,
  nystroem,
  polynomialCountSketch,
  rbfSampler,
  skewedChi2Sampler,
];
