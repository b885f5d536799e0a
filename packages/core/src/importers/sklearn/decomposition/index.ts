import type { Converter } from '../converter.ts';
import { factorAnalysis } from './factor-analysis.ts';
import { fastIca } from './fast-ica.ts';
import { featureAgglomeration } from './feature-agglomeration.ts';
import { kernelPca } from './kernel-pca.ts';
import { latentDirichletAllocation } from './latent-dirichlet-allocation.ts';
import { incrementalPca, pca } from './pca.ts';
import { refusedDecompositions } from './refused.ts';
import { sparsePca } from './sparse-pca.ts';
import { truncatedSvd } from './truncated-svd.ts';

export const decomposition: readonly Converter[] = [
  factorAnalysis,
  fastIca,
  featureAgglomeration,
  incrementalPca,
  kernelPca,
  latentDirichletAllocation,
  pca,
  refusedDecompositions,
  sparsePca,
  truncatedSvd,
];
