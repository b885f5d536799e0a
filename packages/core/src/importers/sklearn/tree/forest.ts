import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Classifier, Prediction } from '../../model/prediction.ts';
import type { Converter } from '../converter.ts';
import type { Context } from '../context.ts';
import { classesOf, itemsOf, type Fitted } from '../fitted.ts';
import { forestTakesMissing, treeTakesMissing } from './missing.ts';
import {
  ensembleOf,
  estimatorsOf,
  fractions,
  readTrees,
  treeInput,
  type FittedTree,
  type FittedTrees,
} from './tree.ts';

/** Class fractions averaged over the trees: Σ over trees in their order, divided by their number. */
export const forestClassifier: Converter = {
  types: [
    'sklearn.ensemble._forest.RandomForestClassifier',
    'sklearn.ensemble._forest.ExtraTreesClassifier',
    'imblearn.ensemble._forest.BalancedRandomForestClassifier',
  ],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} trees`,
  predict: (fitted, input, context) => classify(fitted, forestOf(fitted, context), input),
};

export const forestRegressor: Converter = {
  types: ['sklearn.ensemble._forest.RandomForestRegressor', 'sklearn.ensemble._forest.ExtraTreesRegressor'],
  became: 'trees in flat tables',
  exactness: 'bit-exact',
  state: (fitted) => `${fitted.list('estimators_').length} trees`,
  predict: (fitted, input, context) => regress(fitted, forestOf(fitted, context), input),
};

export const treeClassifier: Converter = {
  types: ['sklearn.tree._classes.DecisionTreeClassifier', 'sklearn.tree._classes.ExtraTreeClassifier'],
  became: 'a tree in a flat table',
  exactness: 'bit-exact',
  predict: (fitted, input, context) => classify(fitted, treeOf(fitted, context), input),
};

export const treeRegressor: Converter = {
  types: ['sklearn.tree._classes.DecisionTreeRegressor', 'sklearn.tree._classes.ExtraTreeRegressor'],
  became: 'a tree in a flat table',
  exactness: 'bit-exact',
  predict: (fitted, input, context) => regress(fitted, treeOf(fitted, context), input),
};

/** Estimators whose trees are averaged, and whether NaN may reach them. */
interface Members {
  readonly trees: (use: (tree: FittedTree) => FittedTree) => FittedTrees;
  readonly takesMissing: boolean;
}

function treeOf(fitted: Fitted, context: Context): Members {
  return { trees: (use) => readTrees([fitted], context, use), takesMissing: treeTakesMissing(fitted) };
}

function forestOf(fitted: Fitted, context: Context): Members {
  const members = estimatorsOf(fitted).map((tree, i) => context.fitted(tree, `estimators_.${i}`));
  return {
    trees: (use) => readTrees(members, context, use),
    takesMissing: forestTakesMissing(members[0] as Fitted),
  };
}

function classify(fitted: Fitted, { trees, takesMissing }: Members, input: Features): Prediction {
  const outputs = fitted.number('n_outputs_', 1);
  const perTarget =
    outputs === 1
      ? [fitted.classes()]
      : fitted
          .list('classes_')
          .map((target) => classesOf(itemsOf(target) ?? [], () => fitted.wrong('classes_', 'class labels')));
  const most = Math.max(...perTarget.map((classes) => classes.labels.length));
  const checked = trees((tree) => {
    if (perTarget.length === outputs && tree.outputs === most * outputs) return fractions(tree, most);
    throw fitted.wrong('classes_', `labels for trees of ${tree.outputs} outputs`);
  });
  const all = average(checked, input, takesMissing);
  const targets = perTarget.map((classes, t): Classifier => {
    const own = Array.from({ length: classes.labels.length }, (_, k) => t * most + k);
    const probabilities = ops.select(all, own);
    return { kind: 'classifier', classes, position: ops.positionOfLargest(probabilities), probabilities };
  });
  return outputs === 1 ? (targets[0] as Classifier) : { kind: 'multiclassifier', targets };
}

function regress(fitted: Fitted, { trees, takesMissing }: Members, input: Features): Prediction {
  const outputs = fitted.number('n_outputs_', 1);
  const checked = trees((tree) => {
    if (tree.outputs === outputs) return tree;
    throw fitted.wrong('n_outputs_', 'the outputs of its trees');
  });
  return { kind: 'regressor', value: average(checked, input, takesMissing), single: outputs === 1 };
}

function average(trees: FittedTrees, input: Features, takesMissing: boolean): Value {
  const sum = ops.forest(treeInput(input, takesMissing), ensembleOf(trees, input.width));
  return trees.length === 1 ? sum : ops.divide(sum, trees.length);
}
