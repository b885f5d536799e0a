import { floatOf, intOf } from '../../onnx/index.ts';
import { input, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import { literal } from '../literal.ts';
import { zero } from '../position.ts';
import { madeOf } from '../value.ts';
import { manyPowers } from './exponential.ts';
import { combined, elementwise, floatResult, isFloat, rounded } from './element.ts';

/** f(x) of a float, rounded to its dtype. */
const float = (formula: (x: string, context: NodeContext) => string): Operator =>
  elementwise(([x], context) => rounded(floatResult(context), formula(x as string, context), context));

/** f(x) of any number. */
const number = (formula: (x: string, isFloat: boolean) => string): Operator =>
  elementwise(([x], context) => {
    const { dtype } = result(context);
    return rounded(dtype, formula(x as string, isFloat(dtype)), context);
  });

/** The same operator, whose results say how they are made. */
const known =
  (operator: Operator): Operator =>
  (context) =>
    operator(context).map((value) =>
      madeOf(
        value,
        context.node.op,
        context.inputs.map((_, i) => input(context, i)),
      ),
    );

/** f(x, y) of numbers, with the range of the result where both are integers of a known range. */
const pair =
  (
    formula: (x: string, y: string, context: NodeContext) => string,
    corners?: (x: number, y: number) => number,
  ): Operator =>
  (context) => {
    const [x, y] = [input(context, 0), input(context, 1)];
    const type = result(context);
    const ends = corners && x.range && y.range ? combine(x.range, y.range, corners) : undefined;
    const value = combined(
      context,
      [x, y],
      type,
      ([a, b]) => rounded(type.dtype, formula(a as string, b as string, context), context),
      ends,
    );
    return [madeOf(value, context.node.op, [x, y])];
  };

/** Joins any number of inputs one by one. */
const chain = (join: (x: string, y: string) => string): Operator =>
  elementwise((elements, context) => {
    const { dtype } = result(context);
    return elements.reduce((x, y) => rounded(dtype, join(x, y), context));
  });

/** Integers never are −0. */
const product = (x: string, y: string, { results: [type] }: NodeContext) => {
  if (type?.dtype === 'int32') return `Math.imul(${x}, ${y})`;
  return isFloat(type?.dtype ?? 'float64') ? `${x} * ${y}` : `${x} * ${y} + 0`;
};

/** Integers divide toward zero; by zero, which stops ONNX Runtime's process, gives 0. */
const quotient = (x: string, y: string, { results: [type] }: NodeContext) =>
  isFloat(type?.dtype ?? 'float64') ? `${x} / ${y}` : `(${y} === 0 ? 0 : Math.trunc(${x} / ${y}) + 0)`;

/** `fmod`: the sign of the dividend; else, for integers, that of the divisor. */
const remainder = (x: string, y: string, context: NodeContext) => {
  if (intOf(context.node, 'fmod', 0) === 1) return isFloat(result(context).dtype) ? `${x} % ${y}` : `${x} % ${y} + 0`;
  if (isFloat(result(context).dtype)) throw unsupported(context.node, 'floats and fmod=0');
  return `${context.code.program.use('floorMod')}(${x}, ${y})`;
};

/** x² and x³ are products in ONNX Runtime, where the power is one number. */
const power: Operator = (context) => {
  const [x, y] = [input(context, 0), input(context, 1)];
  const type = result(context);
  const exponent = context.known(1);
  const whole = exponent?.length === 1 ? exponent[0] : undefined;
  if (!isFloat(type.dtype) && whole === undefined) throw unsupported(context.node, type.dtype);
  const formula = ([a, b]: readonly string[]): string => {
    if (whole === 2) return `${a} * ${a}`;
    if (whole === 3) return `${a} * ${a} * ${a}`;
    return `${context.code.program.use('pow')}(${a}, ${b})`;
  };
  return [combined(context, [x, y], type, (elements) => rounded(type.dtype, formula(elements), context))];
};

/** A bound that is left out is the largest finite number, so infinity is clipped even then. */
const clip: Operator = (context) => {
  const { node, code } = context;
  const x = input(context, 0);
  const type = result(context);
  const largest = type.dtype === 'float32' ? literal((2 - 2 ** -23) * 2 ** 127) : 'Number.MAX_VALUE';
  const bound = (name: string, i: number, absent: string | undefined) =>
    node.attributes.has(name) ? literal(floatOf(node, name)) : (context.inputs[i]?.flat(code, zero) ?? absent);
  const low = bound('min', 1, isFloat(type.dtype) ? `-${largest}` : undefined);
  const high = bound('max', 2, isFloat(type.dtype) ? largest : undefined);
  return [
    combined(context, [x], type, ([element]) => {
      const raised = low === undefined ? (element as string) : `(${element} < ${low} ? ${low} : ${element})`;
      return high === undefined ? raised : `(${raised} > ${high} ? ${high} : ${raised})`;
    }),
  ];
};

/** 1/(1+e^−x) without overflow. */
const sigmoid = (x: string, exp: string) => `(${x} >= 0 ? 1 / (1 + ${exp}(-${x})) : 1 - 1 / (1 + ${exp}(${x})))`;

const parameter = (name: string, absent: number) => (context: NodeContext) =>
  literal(floatOf(context.node, name, absent));

const powerOfE = float((x, { code }) => `${code.program.use('exp')}(${x})`);

const exponential: Operator = (context) => {
  const many = manyPowers(context);
  return many ? [many] : powerOfE(context);
};

/** Arithmetic and functions of numbers, element by element. */
export const arithmetic: Readonly<Record<string, Operator>> = {
  Add: pair(
    (x, y) => `${x} + ${y}`,
    (x, y) => x + y,
  ),
  Sub: pair(
    (x, y) => `${x} - ${y}`,
    (x, y) => x - y,
  ),
  Mul: pair(product, (x, y) => x * y),
  Div: pair(quotient),
  Mod: pair(remainder),
  Pow: power,
  Sum: chain((x, y) => `${x} + ${y}`),
  Mean: elementwise((elements, context) => {
    const dtype = floatResult(context);
    const sum = elements.reduce((x, y) => rounded(dtype, `${x} + ${y}`, context));
    return rounded(dtype, `${sum} / ${elements.length}`, context);
  }),
  Min: chain((x, y) => `Math.min(${x}, ${y})`),
  Max: known(chain((x, y) => `Math.max(${x}, ${y})`)),
  Clip: clip,

  Abs: number((x) => `Math.abs(${x})`),
  Neg: number((x, isFloating) => (isFloating ? `-${x}` : `0 - ${x}`)),
  Sign: number((x) => `Math.sign(${x})`),
  Relu: known(number((x) => `Math.max(${x}, 0)`)),
  Floor: float((x) => `Math.floor(${x})`),
  Ceil: float((x) => `Math.ceil(${x})`),
  Round: float((x, { code }) => `${code.program.use('roundEven')}(${x})`),
  Reciprocal: float((x) => `1 / ${x}`),
  Sqrt: known(float((x) => `Math.sqrt(${x})`)),
  Exp: exponential,
  Log: float((x) => `Math.log(${x})`),
  Sin: float((x) => `Math.sin(${x})`),
  Cos: float((x) => `Math.cos(${x})`),
  Tan: float((x) => `Math.tan(${x})`),
  Asin: float((x) => `Math.asin(${x})`),
  Acos: float((x) => `Math.acos(${x})`),
  Atan: float((x) => `Math.atan(${x})`),
  Sinh: float((x) => `Math.sinh(${x})`),
  Cosh: float((x) => `Math.cosh(${x})`),
  Tanh: float((x) => `Math.tanh(${x})`),
  Asinh: float((x) => `Math.asinh(${x})`),
  Acosh: float((x) => `Math.acosh(${x})`),
  Atanh: float((x) => `Math.atanh(${x})`),
  Sigmoid: float((x, { code }) => sigmoid(x, code.program.use('exp'))),
  Erf: float((x, { code }) => `${code.program.use('erf')}(${x})`),
  Softplus: float((x) => `(${x} > 0 ? ${x} + Math.log1p(Math.exp(-${x})) : Math.log1p(Math.exp(${x})))`),
  Softsign: float((x) => `${x} / (1 + Math.abs(${x}))`),
  LeakyRelu: float((x, context) => `(${x} >= 0 ? ${x} : ${parameter('alpha', Math.fround(0.01))(context)} * ${x})`),
  Elu: float((x, context) => `(${x} >= 0 ? ${x} : ${parameter('alpha', 1)(context)} * Math.expm1(${x}))`),
  Selu: float((x, context) => {
    const alpha = parameter('alpha', Math.fround(1.67326319217681884765625))(context);
    const gamma = parameter('gamma', Math.fround(1.05070102214813232421875))(context);
    return `(${x} > 0 ? ${gamma} * ${x} : ${gamma} * (${alpha} * Math.expm1(${x})))`;
  }),
  HardSigmoid: float((x, context) => {
    const alpha = parameter('alpha', Math.fround(0.2))(context);
    return `Math.max(0, Math.min(1, ${alpha} * ${x} + ${parameter('beta', 0.5)(context)}))`;
  }),
  PRelu: pair((x, slope) => `(${x} >= 0 ? ${x} : ${slope} * ${x})`),
};

function combine(
  [lowX, highX]: readonly [number, number],
  [lowY, highY]: readonly [number, number],
  corner: (x: number, y: number) => number,
): [number, number] {
  const corners = [corner(lowX, lowY), corner(lowX, highY), corner(highX, lowY), corner(highX, highY)];
  return [Math.min(...corners), Math.max(...corners)];
}
