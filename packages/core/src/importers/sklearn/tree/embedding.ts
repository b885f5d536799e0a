import { ops } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { forestTakesMissing } from './missing.ts';
import { ensembleOf, estimatorsOf, readTree, treeInput, withLeaves } from './tree.ts';
import { categoriesOf } from '../preprocessing/categories.ts';
import type { Fitted } from '../fitted.ts';

/** One column of 0.0 and 1.0 for each leaf that training rows reached: the leaf's node index, one-hot encoded. */
export const randomTreesEmbedding: Converter = {
  types: ['sklearn.ensemble._forest.RandomTreesEmbedding'],
  became: 'leaf positions, compared',
  exactness: 'bit-exact',
  sparse: (fitted) => fitted.flag('sparse_output', true),
  state: (fitted) => `${fitted.list('estimators_').length} trees`,

  transform(fitted, input, context) {
    const members = estimatorsOf(fitted).map((tree, i) => context.fitted(tree, `estimators_.${i}`));
    const known = categoriesOf(context.fitted(fitted.object_('one_hot_encoder_'), 'one_hot_encoder_'), members.length);
    const trees = members.map((member, t) => {
      const tree = readTree(member, context);
      const code = new Map(known[t]?.keys.map((leaf, at) => [leaf as number, at]));
      return withLeaves(tree, 1, (node, out, at) => (out[at] = code.get(node) ?? -1));
    });
    const x = treeInput(input, forestTakesMissing(members[0] as Fitted));
    const codes = ops.eachTree(x, ensembleOf(trees, input.width));
    const columns = known.flatMap(({ keys }, tree) => keys.map((leaf, code) => ({ tree, leaf, code })));
    const repeated = ops.select(
      codes,
      columns.map(({ tree }) => tree),
    );
    const indicators = ops.cast(
      ops.equal(
        repeated,
        columns.map(({ code }) => code),
      ),
      'float64',
    );
    return new Features(
      [indicators],
      columns.map(({ tree, leaf }) => `randomtreesembedding_${tree}_${leaf}`),
    );
  },
};
