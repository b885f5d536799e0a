import { floatsOf, intsOf, stringOf, stringsOf } from '../../onnx/index.ts';
import { int64, strings, type Tensor } from '../../tensor/index.ts';
import { input, result, unsupported, type Operator } from '../context.ts';
import { counting, zero } from '../position.ts';
import { constantValue, lazyValue, store } from '../value.ts';
import { combined, isFloat, rounded } from './element.ts';
import { product } from './linear.ts';

/** Scores of classes and the label of the highest, of equal ones the first. Everything is float32, added like ONNX Runtime does. */
const linearClassifier: Operator = (context) => {
  const { code, node } = context;
  const x = input(context, 0);
  const coefficients = floatsOf(node, 'coefficients') ?? new Float32Array();
  const texts = stringsOf(node, 'classlabels_strings') ?? [];
  const labels =
    texts.length > 0
      ? strings([...texts])
      : int64(Array.from((intsOf(node, 'classlabels_ints') ?? []) as readonly number[]));
  const classes = labels.data.length;
  const transform = stringOf(node, 'post_transform', 'NONE');
  const [rows = 0, width = 0] = x.shape;
  if (!isFloat(x.dtype) || x.shape.length !== 2 || rows !== 1)
    throw unsupported(node, 'an input of this shape or dtype');
  if (classes < 2 || coefficients.length !== classes * width || !['NONE', 'LOGISTIC'].includes(transform))
    throw unsupported(node, 'one score for two classes, or a transformation of scores');
  const weights = code.program.derived(coefficients, 'transposed', (): Tensor => {
    const data = coefficients.map((_, i) => coefficients[(i % classes) * width + Math.floor(i / classes)] as number);
    return { dtype: 'float32', shape: [width, classes], data };
  });
  const single = combined(context, [x], { dtype: 'float32', shape: x.shape }, ([a]) => `Math.fround(${a})`);
  const type = result(context, 1);
  const sums = product(context, single, constantValue(weights), type.shape, true);
  const step = (text: string) => rounded('float32', text, context);
  const bias = floatsOf(node, 'intercepts');
  const shift: Tensor = { dtype: 'float32', shape: [classes], data: bias ?? new Float32Array(classes) };
  if (shift.data.length !== classes) throw unsupported(node, 'intercepts of another number');
  const scores = store(
    code,
    combined(context, [sums, constantValue(shift)], type, ([a, b]) => step(`${a} + ${b}`)),
  );
  const place = code.variable('0');
  const highest = code.variable(scores.at(code, [zero, zero]));
  scores.prepare(code);
  code.repeat(
    classes,
    (i) => {
      const score = scores.at(code, [zero, i]);
      code.line(
        `if (${score} > ${highest}) { ${highest} = ${score}; ${place} = ${i.terms[0]?.variable ?? i.offset}; }`,
      );
    },
    classes <= code.unroll,
  );
  const label = constantValue(labels);
  const type0 = result(context, 0);
  const own = lazyValue({ ...type0, inputs: [], at: (inner) => label.flat(inner, counting(place, classes)) });
  const exp = code.program.use('exp');
  const logistic = (score: string) => {
    const upper = step(`1 / (1 + ${exp}(-Math.abs(${score})))`);
    return `(${score} < 0 ? ${step(`1 - ${upper}`)} : ${upper})`;
  };
  return [
    own,
    transform === 'NONE' ? scores : combined(context, [scores], type, ([score]) => logistic(score as string)),
  ];
};

/** Linear models of ai.onnx.ml. */
export const linearModels: Readonly<Record<string, Operator>> = { LinearClassifier: linearClassifier };
