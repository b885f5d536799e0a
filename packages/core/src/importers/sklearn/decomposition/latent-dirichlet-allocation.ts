import { ops } from '../../../ir/index.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { wholeNumber } from '../whole-number.ts';
import { componentsOf, numbered } from './components.ts';

/** Each may be one pass over all words. */
const MOST_ROUNDS = 10_000;

/** Shares of the topics in a document, found in rounds that stop when little changes. */
export const latentDirichletAllocation: Converter = {
  types: ['sklearn.decomposition._lda.LatentDirichletAllocation'],
  became: 'topics of each document in rounds, normalised',
  exactness: '1e-12',
  state: (fitted) => fitted.array('components_').shape.join(' × '),

  transform(fitted, input) {
    const counts = ops.within(checked(input.numbers()), { always: [{ refuses: 'below', value: 0 }] });
    const document = ops.topics(counts, {
      words: componentsOf(fitted, counts.width, 'exp_dirichlet_component_'),
      prior: fitted.number('doc_topic_prior_'),
      mostRounds: wholeNumber(fitted, 'max_doc_update_iter', 1, MOST_ROUNDS, 100),
      tolerance: fitted.number('mean_change_tol', 1e-3),
    });
    const shares = ops.divide(document, ops.sum(document));
    return numbered(fitted, shares, input);
  },
};
