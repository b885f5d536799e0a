import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import { checked } from '../linear/scores.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, PyGlobal, type Fitted } from '../fitted.ts';

/**
 * Number of the bin that x falls into, as it is or one-hot.
 *
 * A value on an edge belongs to the bin above. Up to 1.0 a little was added to x first (1e-8 + 1e-5·|x|).
 */
export const kBinsDiscretizer: Converter = {
  types: ['sklearn.preprocessing._discretization.KBinsDiscretizer'],
  became: 'search among bin edges',
  exactness: 'bit-exact',
  sparse: (fitted) => fitted.text('encode', 'onehot') === 'onehot',
  state: (fitted) => `${fitted.list('bin_edges_').length} columns, encode=${fitted.text('encode', 'onehot')}`,

  transform(fitted, input) {
    const bins = binsOf(fitted, input.width);
    const x = compared(fitted, checked(input.numbers()));
    const number = ops.stepRows(
      x,
      bins.map(({ inner }) => ({
        edges: inner,
        rows: Float64Array.from({ length: inner.length + 1 }, (_, bin) => bin),
      })),
      1,
    );
    if (fitted.text('encode', 'onehot') === 'ordinal') return new Features([number], input.names);
    const places = bins.flatMap(({ count }, column) => Array.from({ length: count }, (_, bin) => ({ column, bin })));
    const repeated = ops.select(
      number,
      places.map(({ column }) => column),
    );
    const hot = ops.cast(
      ops.equal(
        repeated,
        places.map(({ bin }) => bin),
      ),
      'float64',
    );
    const names = input.names && places.map(({ column, bin }) => `${input.names?.[column]}_${bin}.0`);
    return new Features([hot], names);
  },
};

/** x as the library compares it with the edges. */
function compared(fitted: Fitted, x: Value): Value {
  const dtype = fitted.raw('dtype');
  const narrow = dtype instanceof PyGlobal && dtype.name === 'float32';
  const own = narrow ? ops.cast(ops.cast(x, 'float32'), 'float64') : x;
  if (fitted.since(1, 1)) return own;
  return ops.add(own, ops.add(ops.multiply(ops.absolute(own), 1e-5), 1e-8));
}

interface Bins {
  readonly count: number;
  /** Edges between bins. */
  readonly inner: Float64Array;
}

function binsOf(fitted: Fitted, width: number): Bins[] {
  const counts = fitted.vector('n_bins_', width);
  const edges = fitted.list('bin_edges_').map((column) => numbersOf(column)?.data);
  if (edges.length !== width) throw fitted.wrong('bin_edges_', `${width} arrays`);
  return edges.map((all, at) => {
    const count = counts[at] as number;
    if (all?.length !== count + 1) throw fitted.wrong('bin_edges_', `${count + 1} edges in column ${at}`);
    return { count, inner: all.subarray(1, -1) };
  });
}
