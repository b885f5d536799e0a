import type { Converter } from '../converter.ts';
import { dictVectorizer } from './dict-vectorizer.ts';
import { countVectorizer, hashingVectorizer, tfidfVectorizer } from './vectorizers.ts';
import { tfidfTransformer } from './weighting.ts';

export const featureExtraction: readonly Converter[] = [
  countVectorizer,
  dictVectorizer,
  hashingVectorizer,
  tfidfTransformer,
  tfidfVectorizer,
];
