import { ops, type Value } from '../../../ir/index.ts';
import { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted } from '../fitted.ts';
import { bothClasses, checked, sigmoid } from '../linear/scores.ts';

/** Multi-layer perceptron: the sigmoid of one output above ½, the largest of a softmax, or a sigmoid per label. */
export const mlpClassifier: Converter = {
  types: ['sklearn.neural_network._multilayer_perceptron.MLPClassifier'],
  became: 'matrix products and activations',
  exactness: '1e-12',
  state: describe,

  predict(fitted, input, context) {
    const output = forward(fitted, input);
    const binarizer = context.fitted(fitted.object_('_label_binarizer'), '_label_binarizer');
    if (binarizer.text('y_type_').startsWith('multilabel')) {
      return { kind: 'multilabel', labels: ops.cast(ops.greater(output, 0.5), 'int64'), probabilities: output };
    }
    const classes = fitted.classes();
    const count = classes.labels.length;
    if (output.width !== (count === 2 ? 1 : count)) throw fitted.wrong('classes_', `${output.width} labels`);
    const isBinary = output.width === 1;
    return {
      kind: 'classifier',
      classes,
      position: isBinary ? ops.cast(ops.greater(output, 0.5), 'int64') : ops.positionOfLargest(output),
      probabilities: isBinary ? bothClasses(output) : output,
    };
  },
};

/** Multi-layer perceptron with a linear output (or an exponential one, for the Poisson loss). */
export const mlpRegressor: Converter = {
  types: ['sklearn.neural_network._multilayer_perceptron.MLPRegressor'],
  became: 'matrix products and activations',
  exactness: '1e-12',
  state: describe,

  predict(fitted, input) {
    const value = forward(fitted, input);
    return { kind: 'regressor', value, single: value.width === 1 };
  },
};

/** Bernoulli restricted Boltzmann machine: σ(x · W + b) of the hidden units. */
export const bernoulliRbm: Converter = {
  types: ['sklearn.neural_network._rbm.BernoulliRBM'],
  became: 'matrix product, sigmoid',
  exactness: '1e-12',

  transform(fitted, input) {
    const bias = fitted.vector('intercept_hidden_');
    const weights = fitted.vector('components_', bias.length * input.width);
    const hidden = sigmoid(ops.linear(checked(input.numbers()), weights, bias));
    return new Features(
      [hidden],
      Array.from({ length: hidden.width }, (_, k) => `bernoullirbm${k}`),
    );
  },
};

function describe(fitted: Fitted): string {
  const sizes = fitted.list('coefs_').map((coefs) => numbersOf(coefs)?.shape[1]);
  return `layers of ${sizes.join(', ')} (${fitted.text('activation')})`;
}

function forward(fitted: Fitted, input: Features): Value {
  const coefs = fitted.list('coefs_').map(numbersOf);
  const intercepts = fitted.list('intercepts_').map(numbersOf);
  let x = checked(input.numbers());
  coefs.forEach((own, layer) => {
    const bias = intercepts[layer]?.data;
    const [rows, columns] = own?.shape ?? [];
    if (!own || !bias || rows !== x.width || columns !== bias.length)
      throw fitted.wrong('coefs_', 'layers that fit together');
    const weights = own.data.map((_, i) => own.data[(i % rows) * columns + Math.floor(i / rows)] as number);
    const isLast = layer === coefs.length - 1;
    const name = isLast ? 'out_activation_' : 'activation';
    x = activate(fitted, name, ops.linear(x, weights, bias));
  });
  return x;
}

function activate(fitted: Fitted, name: 'activation' | 'out_activation_', x: Value): Value {
  switch (fitted.text(name)) {
    case 'identity':
      return x;
    case 'logistic':
      return sigmoid(x);
    case 'tanh':
      return ops.hyperbolicTangent(x);
    case 'relu':
      return ops.maximum(x, 0);
    case 'softmax':
      return ops.softmax(x);
    case 'exp':
      return ops.exponential(x);
    default:
      throw fitted.wrong(name, 'identity, logistic, tanh, relu, softmax or exp');
  }
}
