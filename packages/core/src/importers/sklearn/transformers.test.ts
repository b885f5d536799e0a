import { expect, test } from 'vitest';
import { SlipwayError } from '../../errors/index.ts';
import { NdArray, parseDtype, PyDict, PyFloat, PyGlobal, PyObject, type Plain } from '../../formats/python/index.ts';
import { Features, InputColumn } from '../model/features.ts';
import { converters } from '../python/converters.ts';
import { Context } from './context.ts';

/** A fitted transformer of version 1.9, with as much state as a refusal needs. */
function transformer(path: string, state: Readonly<Record<string, Plain>> = {}): PyObject {
  const at = path.lastIndexOf('.');
  const object = new PyObject(new PyGlobal(path.slice(0, at), path.slice(at + 1)), [], 'new');
  const dict = new PyDict();
  for (const [key, value] of Object.entries({ _sklearn_version: '1.9.1', ...state })) dict.set(key, value);
  object.state = dict;
  return object;
}

/** A float64 array, row-major. */
function array(shape: readonly number[], ...numbers: number[]): NdArray {
  return new NdArray(shape, parseDtype('<f8'), false, new Uint8Array(Float64Array.from(numbers).buffer));
}

function convert(model: PyObject): Features {
  const input = new Features([new InputColumn('x0', 0), new InputColumn('x1', 1)]);
  return new Context(converters).transform(model, input, 'model');
}

function reason(model: PyObject): string {
  try {
    convert(model);
  } catch (error) {
    if (error instanceof SlipwayError) return `${error.message} ${error.hint}`;
  }
  return 'converted';
}

const own = new PyGlobal('shop.features', 'own');
const missing = { missing_values: new PyFloat(NaN), add_indicator: false, keep_empty_features: false };
const points = { components_: array([1, 2], 1, 2), normalization_: array([1, 1], 1) };

/** What depends on other rows, on chance, or on code of one's own: each with something that helps. */
test.for<{ name: string; model: PyObject; says: string }>([
  {
    name: 'NMF',
    model: transformer('sklearn.decomposition._nmf.NMF'),
    says: 'Use TruncatedSVD or PCA in its place',
  },
  {
    name: 'random draws for missing values',
    model: transformer('sklearn.impute._iterative.IterativeImputer', {
      ...missing,
      imputation_sequence_: [],
      n_iter_: 0,
      sample_posterior: true,
    }),
    says: 'sample_posterior=False',
  },
  {
    name: 'a metric of one’s own between incomplete rows',
    model: transformer('sklearn.impute._knn.KNNImputer', {
      ...missing,
      _fit_X: array([1, 2], 1, 2),
      n_neighbors: 1,
      weights: 'uniform',
      metric: own,
    }),
    says: "metric='nan_euclidean'",
  },
  {
    name: 'a kernel of one’s own',
    model: transformer('sklearn.kernel_approximation.Nystroem', { ...points, kernel: own, component_indices_: [0] }),
    says: 'a Python function',
  },
  {
    name: 'categories that mix text and numbers',
    model: transformer('sklearn.preprocessing._encoders.OrdinalEncoder', {
      categories_: [
        ['a', 1],
        [1, 2],
      ],
      handle_unknown: 'error',
    }),
    says: 'mix text and numbers',
  },
  {
    name: 'products of two columns up to a degree that no computer counts to',
    model: transformer('sklearn.preprocessing._polynomial.PolynomialFeatures', {
      degree: 1e12,
      _min_degree: 0,
      _max_degree: 1e12,
      interaction_only: false,
      include_bias: true,
    }),
    says: 'Choose a lower degree',
  },
])('$name', ({ model, says }) => {
  expect(() => convert(model)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MODEL' }));
  expect(reason(model)).toContain(says);
});

/** State that does not fit together is damage, not a wrong answer. */
test.for<{ name: string; model: PyObject }>([
  {
    name: 'means of another width',
    model: transformer('sklearn.preprocessing._data.StandardScaler', {
      with_mean: true,
      with_std: false,
      mean_: array([3], 1, 2, 3),
    }),
  },
  {
    name: 'components of another width',
    model: transformer('sklearn.decomposition._pca.PCA', {
      whiten: false,
      mean_: array([2], 1, 2),
      components_: array([1, 3], 1, 2, 3),
    }),
  },
  {
    name: 'fills of another width',
    model: transformer('sklearn.impute._base.SimpleImputer', {
      ...missing,
      strategy: 'mean',
      statistics_: array([3], 1, 2, 3),
    }),
  },
  {
    name: 'training rows without a value',
    model: transformer('sklearn.impute._knn.KNNImputer', {
      ...missing,
      _fit_X: array([1, 2], NaN, NaN),
      n_neighbors: 1,
      weights: 'uniform',
      metric: 'nan_euclidean',
    }),
  },
  ...[0, 1.5, -1].map((neighbors) => ({
    name: `${neighbors} donors`,
    model: transformer('sklearn.impute._knn.KNNImputer', {
      ...missing,
      _fit_X: array([1, 2], 1, 2),
      n_neighbors: new PyFloat(neighbors),
      weights: 'uniform',
      metric: 'nan_euclidean',
    }),
  })),
  ...[0, 2.5, 1e9].map((steps) => ({
    name: `${steps} steps of a sampler`,
    model: transformer('sklearn.kernel_approximation.AdditiveChi2Sampler', { sample_steps: new PyFloat(steps) }),
  })),
  ...[{ n_components: 1e9 }, { n_components: 0.5 }, { degree: 1e9 }, { degree: 0 }].map((sizes) => ({
    name: `a sketch of ${JSON.stringify(sizes)}`,
    model: transformer('sklearn.kernel_approximation.PolynomialCountSketch', {
      gamma: 1,
      coef0: 0,
      n_components: 4,
      degree: 2,
      indexHash_: array([2, 2], 0, 1, 2, 3),
      bitHash_: array([2, 2], 1, 1, 1, -1),
      ...Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, new PyFloat(size)])),
    }),
  })),
  {
    name: 'positions of flags outside the table',
    model: transformer('sklearn.impute._base.MissingIndicator', { ...missing, features: 'all', features_: [5] }),
  },
  {
    name: 'features that are named twice',
    model: transformer('sklearn.feature_extraction._dict_vectorizer.DictVectorizer', {
      separator: '=',
      feature_names_: ['a', 'a'],
    }),
  },
  {
    name: 'categories of another width',
    model: transformer('sklearn.preprocessing._encoders.OneHotEncoder', {
      categories_: [['a', 'b']],
      handle_unknown: 'ignore',
    }),
  },
])('$name', ({ model }) => {
  expect(() => convert(model)).toThrow(expect.objectContaining({ code: 'CORRUPT_FILE' }));
});
