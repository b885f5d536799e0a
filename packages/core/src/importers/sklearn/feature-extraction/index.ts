import type { Converter } from '../converter.ts';
import { countVectorizer, hashingVectorizer, tfidfVectorizer } from './vectorizers.ts';
import { tfidfTransformer } from './weighting.ts';

export const featureExtraction: readonly Converter[] = [
  countVectorizer,
  hashingVectorizer,
  tfidfTransformer,
  tfidfVectorizer,
];
