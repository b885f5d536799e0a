import { expect, test } from 'vitest';
import { PyDict, PyGlobal, PyObject, PyTuple, type Plain } from '../../../formats/python/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import { converters } from '../../python/converters.ts';
import { Context } from '../context.ts';

/** A fitted estimator of version 1.9, with as much state as a refusal needs. */
function estimator(path: string, state: Readonly<Record<string, Plain>> = {}): PyObject {
  const [name = '', ...module] = path.split('.').toReversed();
  const object = new PyObject(new PyGlobal(module.toReversed().join('.'), name), [], 'new');
  const dict = new PyDict();
  for (const [key, value] of Object.entries({ ...state, _sklearn_version: '1.9.1' })) dict.set(key, value);
  object.state = dict;
  return object;
}

const mean = estimator('sklearn.dummy.DummyRegressor', { strategy: 'mean', constant_: [1.5], n_outputs_: 1 });
const twoClasses = { strategy: 'prior', n_outputs_: 1, classes_: [0, 1], class_prior_: [0.4, 0.6] };
const dummy = estimator('sklearn.dummy.DummyClassifier', twoClasses);

test.for<{ name: string; model: PyObject; code: string; says: string }>([
  {
    name: 'a search without a best estimator',
    model: estimator('sklearn.model_selection._search.GridSearchCV', { refit: false }),
    code: 'UNSUPPORTED_MODEL',
    says: 'without a best estimator',
  },
  {
    name: 'answers drawn at random',
    model: estimator('sklearn.dummy.DummyClassifier', { ...twoClasses, strategy: 'stratified' }),
    code: 'UNSUPPORTED_MODEL',
    says: 'at random',
  },
  {
    name: 'stacking of several targets',
    model: estimator('sklearn.ensemble._stacking.StackingClassifier', {
      classes_: [[0, 1]],
      estimators_: [dummy],
      final_estimator_: dummy,
    }),
    code: 'UNSUPPORTED_MODEL',
    says: 'several targets',
  },
  {
    name: 'pairs over a precomputed kernel',
    model: estimator('sklearn.multiclass.OneVsOneClassifier', {
      classes_: [0, 1],
      estimators_: [dummy],
      pairwise_indices_: [[0]],
    }),
    code: 'UNSUPPORTED_MODEL',
    says: 'precomputed kernel',
  },
  {
    name: 'a target transformed by a projection',
    model: estimator('sklearn.compose._target.TransformedTargetRegressor', {
      regressor_: mean,
      transformer_: estimator('sklearn.decomposition._pca.PCA'),
    }),
    code: 'UNSUPPORTED_MODEL',
    says: 'a target that PCA transformed',
  },
  {
    name: 'a target transformed by custom code',
    model: estimator('sklearn.compose._target.TransformedTargetRegressor', {
      regressor_: mean,
      transformer_: estimator('sklearn.preprocessing._function_transformer.FunctionTransformer', {
        inverse_func: new PyGlobal('shop.pricing', 'undo'),
      }),
    }),
    code: 'CUSTOM_CODE',
    says: 'shop.pricing.undo',
  },
  {
    name: 'a loss of one’s own',
    model: estimator('sklearn.ensemble._hist_gradient_boosting.gradient_boosting.HistGradientBoostingRegressor', {
      loss: estimator('shop.losses.OwnLoss'),
      _predictors: [],
    }),
    code: 'UNSUPPORTED_MODEL',
    says: 'loss OwnLoss',
  },
  {
    name: 'a regressor that should classify',
    model: estimator('sklearn.ensemble._voting.VotingClassifier', {
      classes_: [0, 1],
      voting: 'soft',
      weights: null,
      estimators: [new PyTuple(['mean', mean])],
      estimators_: [mean],
    }),
    code: 'UNSUPPORTED_MODEL',
    says: 'answers as a regressor',
  },
])('$name', ({ model, code, says }) => {
  const input = new Features([new InputColumn('x0', 0), new InputColumn('x1', 1)]);
  const convert = (): unknown => new Context(converters).predict(model, input, 'model');
  expect(convert).toThrow(expect.objectContaining({ code }));
  expect(convert).toThrow(says);
});

test('members that share members end at a limit', () => {
  let model = dummy;
  for (let depth = 0; depth < 30; depth++) {
    const two = [new PyTuple(['a', model]), new PyTuple(['b', model])];
    model = estimator('sklearn.ensemble._voting.VotingClassifier', {
      classes_: [0, 1],
      voting: 'soft',
      weights: null,
      estimators: two,
      estimators_: [model, model],
    });
  }
  const input = new Features([new InputColumn('x0', 0)]);
  expect(() => new Context(converters).predict(model, input, 'model')).toThrow(
    expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
  );
});

test('a transformer that contains itself', () => {
  const loop = estimator('sklearn.pipeline.Pipeline');
  (loop.state as PyDict).set('steps', [new PyTuple(['again', loop])]);
  const model = estimator('sklearn.compose._target.TransformedTargetRegressor', {
    regressor_: mean,
    transformer_: loop,
  });
  const input = new Features([new InputColumn('x0', 0)]);
  expect(() => new Context(converters).predict(model, input, 'model')).toThrow(
    expect.objectContaining({ code: 'CORRUPT_FILE' }),
  );
});
