import { ops } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { unwrap } from '../fitted.ts';
import { inlierLabel } from '../linear/stochastic-gradient.ts';
import { nearestRows } from './k-neighbors.ts';

/** Local outlier factor for new rows: how much sparser it is around a row than around its neighbours. */
export const localOutlierFactor: Converter = {
  types: ['sklearn.neighbors._lof.LocalOutlierFactor'],
  became: 'distances to all training rows, densities compared',
  exactness: '1e-12',
  state: (fitted) => `${fitted.number('n_neighbors')} neighbours`,

  predict(fitted, input, context) {
    if (unwrap(fitted.raw('novelty')) !== true) {
      throw fitted.unsupported(
        'LocalOutlierFactor with novelty=False',
        'Set novelty=True and train again.',
        'it only labels its training data',
      );
    }
    const count = fitted.number('n_neighbors_');
    const { positions, distances, rows } = nearestRows(fitted, input, count, context);
    const known = fitted.array('_distances_fit_X_');
    if (known.data.length !== rows * count) throw fitted.wrong('_distances_fit_X_', `${rows} × ${count} numbers`);
    const farthest = known.data.filter((_, i) => i % count === count - 1);
    const reach = ops.maximum(distances(), ops.lookUp(positions, farthest));
    const mean = ops.divide(ops.sum(reach), count);
    const density = ops.divide(ops.constant([1]), ops.add(mean, 1e-10)); // the library's own guard against zero
    const ratios = ops.divide(ops.lookUp(positions, fitted.vector('_lrd', rows)), density);
    const samples = ops.negate(ops.divide(ops.sum(ratios), count));
    const score = ops.subtract(samples, fitted.vector('offset_', 1));
    return { kind: 'outlier', score, label: inlierLabel(ops.greaterOrEqual(score, 0)), samples };
  },
};
