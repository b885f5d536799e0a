import type { GraphBuilder } from '../../onnx/index.ts';
import { value, type Op, type Row, type Value } from '../value.ts';
import { constantTensor, numbersOf } from './numbers.ts';

/** A value of the graph, or a number that becomes a constant. */
type Term = string | number;

/** Writes float64 formulas of one input as nodes. */
export class Formula {
  readonly #graph: GraphBuilder;

  constructor(graph: GraphBuilder) {
    this.#graph = graph;
  }

  node(op: string, ...terms: readonly Term[]): string {
    return this.#graph.node(
      op,
      terms.map((term) => this.#nameOf(term)),
    );
  }

  where(condition: string, yes: Term, no: Term): string {
    return this.node('Where', condition, yes, no);
  }

  /** Horner's rule; coefficients from the highest power down. */
  polynomial(x: string, coefficients: readonly number[]): string {
    const [first = 0, ...rest] = coefficients;
    return rest.reduce<Term>((sum, next) => this.node('Add', this.node('Mul', sum, x), next), first) as string;
  }

  #nameOf(term: Term): string {
    return typeof term === 'string' ? term : this.#graph.constant(constantTensor([term], 'float64', [1, 1]));
  }
}

interface Special {
  readonly id: string;
  readonly compute: (x: number) => number;
  readonly emit: (f: Formula, x: string) => string;
}

/** An element-wise function without a float64 kernel in ONNX Runtime, composed of functions that have one everywhere. */
export function special({ id, compute, emit }: Special): (x: Value) => Value {
  const op: Op<null> = {
    id,
    evaluate: (_params, [x]) => numbersOf(x as Row).map(compute),
    emit: (graph, _params, [x]) => emit(new Formula(graph), x as string),
  };
  return (x) => {
    if (x.dtype !== 'float64') throw new Error(`${id} takes float64, not ${x.dtype}`);
    return value(op, null, [x], 'float64', x.width);
  };
}

/** log(1 + x) that keeps small x (Kahan: log(u)·x / (u − 1), where u is 1 + x rounded). */
export const logOfOnePlus = special({ id: 'logOfOnePlus', compute: Math.log1p, emit: emitLogOfOnePlus });

function emitLogOfOnePlus(f: Formula, x: string): string {
  const u = f.node('Add', x, 1);
  const d = f.node('Sub', u, 1);
  const log = f.node('Log', u);
  const near = f.where(f.node('Equal', d, 0), x, f.node('Div', f.node('Mul', log, x), d));
  return f.where(f.node('Greater', x, 1), log, near);
}

/** exp(x) − 1 that keeps small x (Kahan: (u − 1)·x / log(u), where u is exp(x) rounded). */
export const exponentialMinusOne = special({
  id: 'exponentialMinusOne',
  compute: Math.expm1,
  emit: emitExponentialMinusOne,
});

function emitExponentialMinusOne(f: Formula, x: string): string {
  const u = f.node('Exp', x);
  const d = f.node('Sub', u, 1);
  const near = f.where(f.node('Equal', d, 0), x, f.node('Div', f.node('Mul', d, x), f.node('Log', u)));
  return f.where(f.node('Greater', f.node('Abs', x), 1), d, near);
}

/** cos x = 1 − 2 sin²(x/2): ONNX Runtime has a float64 Cos only after 1.23. Absolute error of one rounding. */
export const cosine = special({ id: 'cosine', compute: Math.cos, emit: emitCosine });

function emitCosine(f: Formula, x: string): string {
  const half = f.node('Sin', f.node('Mul', x, 0.5));
  return f.node('Sub', 1, f.node('Mul', 2, f.node('Mul', half, half)));
}

export const tangent = special({
  id: 'tangent',
  compute: Math.tan,
  emit: (f, x) => f.node('Div', f.node('Sin', x), emitCosine(f, x)),
});

/** sinh x = (e + e / (e + 1)) / 2 with e = exp(|x|) − 1. */
export const hyperbolicSine = special({
  id: 'hyperbolicSine',
  compute: Math.sinh,
  emit(f, x) {
    const e = emitExponentialMinusOne(f, f.node('Abs', x));
    const near = f.node('Mul', f.node('Add', e, f.node('Div', e, f.node('Add', e, 1))), 0.5);
    const size = f.where(f.node('Greater', e, 1e20), f.node('Mul', e, 0.5), near);
    return signed(f, x, size);
  },
});

export const hyperbolicCosine = special({
  id: 'hyperbolicCosine',
  compute: Math.cosh,
  emit: (f, x) => f.node('Mul', f.node('Add', f.node('Exp', x), f.node('Exp', f.node('Neg', x))), 0.5),
});

/** asinh x = ± log1p(|x| + x² / (1 + √(x² + 1))); log(2|x|) where x² is beyond need. */
export const inverseHyperbolicSine = special({
  id: 'inverseHyperbolicSine',
  compute: Math.asinh,
  emit(f, x) {
    const size = f.node('Abs', x);
    const square = f.node('Mul', x, x);
    const divisor = f.node('Add', f.node('Sqrt', f.node('Add', square, 1)), 1);
    const near = emitLogOfOnePlus(f, f.node('Add', size, f.node('Div', square, divisor)));
    const far = f.node('Add', f.node('Log', size), Math.LN2);
    return signed(f, x, f.where(f.node('Greater', size, 1e8), far, near));
  },
});

/** atanh x = log1p(2x / (1 − x)) / 2. */
export const inverseHyperbolicTangent = special({
  id: 'inverseHyperbolicTangent',
  compute: Math.atanh,
  emit(f, x) {
    const size = f.node('Abs', x);
    const ratio = f.node('Div', f.node('Mul', size, 2), f.node('Sub', 1, size));
    return signed(f, x, f.node('Mul', emitLogOfOnePlus(f, ratio), 0.5));
  },
});

const ATAN_P = [-0.8750608600031904, -16.157537187333652, -75.00855792314705, -122.88666844901361, -64.85021904942025];
const ATAN_Q = [1, 24.858464901423062, 165.02700983169885, 432.88106049129027, 485.3903996359137, 194.5506571482614];

/** By the rational approximation of Cephes (Moshier, `atan.c`). */
export const inverseTangent = special({ id: 'inverseTangent', compute: Math.atan, emit: emitInverseTangent });

function emitInverseTangent(f: Formula, x: string): string {
  const size = f.node('Abs', x);
  const far = f.node('Greater', size, 2.414213562373095); // tan 3π/8
  const middle = f.node('Greater', size, 0.66);
  const toMiddle = f.node('Div', f.node('Sub', size, 1), f.node('Add', size, 1));
  const reduced = f.where(far, f.node('Div', -1, size), f.where(middle, toMiddle, size));
  const offset = f.where(far, Math.PI / 2, f.where(middle, Math.PI / 4, 0));
  const z = f.node('Mul', reduced, reduced);
  const ratio = f.node('Div', f.node('Mul', z, f.polynomial(z, ATAN_P)), f.polynomial(z, ATAN_Q));
  return signed(f, x, f.node('Add', offset, f.node('Add', f.node('Mul', reduced, ratio), reduced)));
}

/** asin x = atan(x / √((1 − x)(1 + x))). */
export const inverseSine = special({ id: 'inverseSine', compute: Math.asin, emit: emitInverseSine });

function emitInverseSine(f: Formula, x: string): string {
  const other = f.node('Sqrt', f.node('Mul', f.node('Sub', 1, x), f.node('Add', 1, x)));
  return emitInverseTangent(f, f.node('Div', x, other));
}

export const inverseCosine = special({
  id: 'inverseCosine',
  compute: Math.acos,
  emit: (f, x) => f.node('Sub', Math.PI / 2, emitInverseSine(f, x)),
});

/** `size` with the sign of x; NaN stays. */
function signed(f: Formula, x: string, size: string): string {
  return f.where(f.node('Less', x, 0), f.node('Neg', size), size);
}
