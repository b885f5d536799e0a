import type { Converter } from '../converter.ts';
import { randomTreesEmbedding } from './embedding.ts';
import { forestClassifier, forestRegressor, treeClassifier, treeRegressor } from './forest.ts';

export const trees: readonly Converter[] = [
  forestClassifier,
  forestRegressor,
  treeClassifier,
  treeRegressor,
  randomTreesEmbedding,
];
