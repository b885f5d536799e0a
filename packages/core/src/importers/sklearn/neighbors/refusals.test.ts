import { expect, test } from 'vitest';
import { SlipwayError } from '../../../errors/index.ts';
import { NdArray, parseDtype, PyDict, PyFloat, PyGlobal, PyObject, type Plain } from '../../../formats/python/index.ts';
import { Features, InputColumn } from '../../model/features.ts';
import { converters } from '../../python/converters.ts';
import { Context } from '../context.ts';

/** A fitted estimator of version 1.9, with as much state as a refusal needs. */
function estimator(path: string, state: Readonly<Record<string, Plain>> = {}): PyObject {
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

const own = new PyGlobal('shop.metrics', 'own');
const coef = { coef_: [1, 2], intercept_: 0.5 };
const two = { classes_: [0, 1] };
const vectors = {
  ...two,
  support_: [0],
  support_vectors_: array([1, 2], 1, 2),
  _n_support: [1, 0],
  coef0: 0,
  degree: 3,
  _gamma: 1,
  _dual_coef_: array([1, 1], 1),
  _intercept_: [0],
};
const rows = {
  _fit_X: array([1, 2], 1, 2),
  _y: array([1], 1),
  n_neighbors: 1,
  effective_metric_: 'euclidean',
  _fit_method: 'brute',
  weights: 'uniform',
  outputs_2d_: false,
};

function reason(convert: () => unknown): string {
  try {
    convert();
  } catch (error) {
    if (error instanceof SlipwayError) return `${error.message} ${error.hint}`;
  }
  return 'converted';
}

/** What scikit-learn cannot do either, or what only its own code could: each with something that helps. */
test.for<{ name: string; model: PyObject; says: string }>([
  {
    name: 'a precomputed kernel',
    model: estimator('sklearn.svm._classes.SVC', { ...vectors, kernel: 'precomputed' }),
    says: 'Train with the kernel itself',
  },
  {
    name: 'a kernel of one’s own',
    model: estimator('sklearn.svm._classes.SVR', { ...vectors, kernel: own }),
    says: 'a Python function',
  },
  {
    name: 'ties to break in one-vs-one scores',
    model: estimator('sklearn.svm._classes.SVC', {
      ...vectors,
      kernel: 'linear',
      break_ties: true,
      decision_function_shape: 'ovo',
    }),
    says: 'break_ties',
  },
  {
    name: 'a metric of one’s own',
    model: estimator('sklearn.neighbors._classification.KNeighborsClassifier', { ...rows, effective_metric_: own }),
    says: 'a metric that is a Python function',
  },
  {
    name: 'precomputed distances',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', {
      ...rows,
      effective_metric_: 'precomputed',
    }),
    says: 'only the training data can give',
  },
  {
    name: 'weights of one’s own',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', { ...rows, weights: own }),
    says: "weights='uniform' or 'distance'",
  },
  {
    name: 'rows without neighbours and no label for them',
    model: estimator('sklearn.neighbors._classification.RadiusNeighborsClassifier', {
      ...rows,
      ...two,
      radius: 1,
      outlier_label_: null,
    }),
    says: "Set outlier_label to one of the classes or 'most_frequent'",
  },
  {
    name: 'outliers of the training data only',
    model: estimator('sklearn.neighbors._lof.LocalOutlierFactor', { n_neighbors: 5, novelty: false }),
    says: 'novelty=True',
  },
  {
    name: 'an approximate density',
    model: estimator('sklearn.neighbors._kde.KernelDensity', { kernel: 'gaussian', atol: 0, rtol: new PyFloat(0.1) }),
    says: 'Set both to 0',
  },
  {
    name: 'clusters of precomputed similarities',
    model: estimator('sklearn.cluster._affinity_propagation.AffinityPropagation'),
    says: 'precomputed',
  },
  {
    name: 'a covariance without its inverse',
    model: estimator('sklearn.covariance._elliptic_envelope.EllipticEnvelope', {
      location_: [0, 0],
      precision_: null,
      covariance_: array([2, 2], 1, 1, 1, 1),
    }),
    says: 'store_precision=True',
  },
  {
    name: 'a Matern kernel with Bessel functions',
    model: estimator('sklearn.gaussian_process._gpr.GaussianProcessRegressor', {
      X_train_: array([1, 2], 1, 2),
      kernel_: estimator('sklearn.gaussian_process.kernels.Matern', { nu: new PyFloat(1.7), length_scale: 1 }),
    }),
    says: 'Bessel functions',
  },
  {
    name: 'a link of one’s own',
    model: estimator('sklearn.linear_model._glm.glm.TweedieRegressor', { ...coef, link: 'cauchit', power: 1 }),
    says: 'the link "cauchit"',
  },
])('$name', ({ model, says }) => {
  const input = new Features([new InputColumn('x0', 0), new InputColumn('x1', 1)]);
  const convert = (): unknown => new Context(converters).predict(model, input, 'model');
  expect(convert).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MODEL' }));
  expect(reason(convert)).toContain(says);
});

/** State that does not fit together is damage, not a wrong answer. */
test.for<{ name: string; model: PyObject }>([
  {
    name: 'coefficients of another width',
    model: estimator('sklearn.linear_model._base.LinearRegression', { ...coef, coef_: [1, 2, 3] }),
  },
  {
    name: 'more neighbours than rows',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', { ...rows, n_neighbors: 9 }),
  },
  {
    name: 'half a neighbour',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', { ...rows, n_neighbors: new PyFloat(0.5) }),
  },
  {
    name: 'no training rows',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', { ...rows, _fit_X: array([0, 2]) }),
  },
  {
    name: 'targets of fewer rows',
    model: estimator('sklearn.neighbors._regression.KNeighborsRegressor', {
      ...rows,
      _fit_X: array([2, 2], 1, 2, 3, 4),
    }),
  },
  {
    name: 'no targets in many columns',
    model: estimator('sklearn.neighbors._regression.RadiusNeighborsRegressor', {
      ...rows,
      radius: 1,
      _y: array([1, 0]),
    }),
  },
  {
    name: 'classes of more rows than there are',
    model: estimator('sklearn.neighbors._classification.KNeighborsClassifier', {
      ...rows,
      ...two,
      _y: array([3], 0, 1, 1),
    }),
  },
  {
    name: 'classes of radius neighbours of fewer rows',
    model: estimator('sklearn.neighbors._classification.RadiusNeighborsClassifier', {
      ...rows,
      ...two,
      radius: 1,
      outlier_label_: [0],
      _fit_X: array([2, 2], 1, 2, 3, 4),
      _y: array([1], 1),
    }),
  },
  {
    name: 'a dummy without classes',
    model: estimator('sklearn.dummy.DummyClassifier', { strategy: 'prior', classes_: [], class_prior_: [] }),
  },
  {
    name: 'centres of another width',
    model: estimator('sklearn.cluster._kmeans.KMeans', { cluster_centers_: array([1, 3], 1, 2, 3) }),
  },
  {
    name: 'layers that do not fit',
    model: estimator('sklearn.neural_network._multilayer_perceptron.MLPRegressor', {
      coefs_: [array([1, 1], 1)],
      intercepts_: [array([1], 1)],
    }),
  },
  {
    name: 'class means of another width',
    model: estimator('sklearn.naive_bayes.GaussianNB', { ...two, theta_: [1, 2, 3], var_: [1], class_prior_: [1, 1] }),
  },
])('$name', ({ model }) => {
  const input = new Features([new InputColumn('x0', 0), new InputColumn('x1', 1)]);
  expect(() => new Context(converters).predict(model, input, 'model')).toThrow(
    expect.objectContaining({ code: 'CORRUPT_FILE' }),
  );
});
