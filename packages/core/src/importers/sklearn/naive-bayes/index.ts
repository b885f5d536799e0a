import type { Converter } from '../converter.ts';
import { categoricalNaiveBayes } from './categorical.ts';
import { bernoulliNaiveBayes, complementNaiveBayes, multinomialNaiveBayes } from './counts.ts';
import { gaussianNaiveBayes } from './gaussian.ts';

export const naiveBayes: readonly Converter[] = [
  bernoulliNaiveBayes,
  categoricalNaiveBayes,
  complementNaiveBayes,
  gaussianNaiveBayes,
  multinomialNaiveBayes,
];
