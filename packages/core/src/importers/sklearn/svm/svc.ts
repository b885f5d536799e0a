import { ops, type Value } from '../../../ir/index.ts';
import type { Features } from '../../model/features.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, unwrap, type Fitted } from '../fitted.ts';
import { matrixOf } from '../linear/matrix.ts';
import { sigmoid } from '../linear/scores.ts';
import { describeMachine, kernelSums, supportVectorsOf } from './kernel.ts';
import { mostVotes, oneVsRestScores } from './one-vs-one.ts';

/**
 * Support vector classifiers as libsvm computes them: a decision per pair of classes, then votes.
 *
 * Probabilities are Platt's sigmoid of each decision, coupled; they may disagree with the votes, as in the library.
 */
export const svc: Converter = {
  types: ['sklearn.svm._classes.SVC', 'sklearn.svm._classes.NuSVC'],
  became: 'kernel values, one-vs-one decisions, votes',
  exactness: '1e-12',
  state: describeMachine,

  predict(fitted, input, context) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    const decisions = pairDecisions(fitted, input, count);
    const shape = fitted.text('decision_function_shape', 'ovr');
    const breaksTies = fitted.flag('break_ties', false);
    if (breaksTies && shape === 'ovo') {
      throw fitted.unsupported(
        'break_ties=True with decision_function_shape="ovo"',
        'Use "ovr": scikit-learn refuses to predict like this.',
      );
    }
    context.warn(`${fitted.path} keeps training rows (its support vectors): whoever has the package can read them.`);
    const scores =
      count === 2 ? ops.negate(decisions) : shape === 'ovr' ? oneVsRestScores(decisions, count) : decisions;
    const position = breaksTies && count > 2 ? ops.positionOfLargest(scores) : mostVotes(decisions, count);
    return { kind: 'classifier', classes, position, scores, probabilities: probabilities(fitted, decisions, count) };
  },
};

/** libsvm's own decisions [N, K(K−1)/2]: positive for the first class of the pair. scikit-learn shows two classes negated. */
function pairDecisions(fitted: Fitted, input: Features, classes: number): Value {
  const vectors = supportVectorsOf(fitted, input.width);
  const perClass = numbersOf(fitted.raw('_n_support') ?? fitted.raw('n_support_'))?.data;
  const dual = matrixOf(fitted, '_dual_coef_').data;
  const pairs = ops.pairsOf(classes);
  const total = perClass?.reduce((sum, own) => sum + own, 0);
  if (!perClass || perClass.length !== classes || total !== vectors.count) {
    throw fitted.wrong('_n_support', `${classes} counts of ${vectors.count} vectors`);
  }
  if (dual.length !== (classes - 1) * vectors.count)
    throw fitted.wrong('_dual_coef_', `${classes - 1} rows of weights`);
  const starts = [0];
  for (const own of perClass) starts.push((starts.at(-1) as number) + own);
  const weights = new Float64Array(pairs.length * vectors.count);
  pairs.forEach(([i, j], pair) => {
    // Vectors of class i have their weight against j in row j − 1, those of class j against i in row i.
    for (const [own, row] of [[i, j - 1] as const, [j, i] as const]) {
      for (let v = starts[own] as number; v < (starts[own + 1] as number); v++) {
        weights[pair * vectors.count + v] = dual[row * vectors.count + v] as number;
      }
    }
  });
  return kernelSums(fitted, input, vectors, weights, fitted.vector('_intercept_', pairs.length));
}

/** libsvm keeps each pair's probability this far from 0 and 1. */
const SMALLEST = 1e-7;

function probabilities(fitted: Fitted, decisions: Value, classes: number): Value | undefined {
  if (unwrap(fitted.raw('probability')) !== true) return undefined;
  const a = platt(fitted, 'probA_', decisions.width);
  const b = platt(fitted, 'probB_', decisions.width);
  if (!a || !b) return undefined;
  const p = sigmoid(ops.negate(ops.add(ops.multiply(decisions, a), b)));
  return ops.coupling(ops.minimum(ops.maximum(p, SMALLEST), 1 - SMALLEST), classes);
}

/** `_probA` (a property shows it as probA_), before 0.23 `probA_`; empty where the model was fitted without probabilities. */
function platt(fitted: Fitted, name: 'probA_' | 'probB_', pairs: number): Float64Array | undefined {
  const found = numbersOf(fitted.raw(`_${name.slice(0, -1)}`) ?? fitted.raw(name))?.data;
  if (!found?.length) return undefined;
  if (found.length !== pairs) throw fitted.wrong(name, `${pairs} numbers`);
  return found;
}
