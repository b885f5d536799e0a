import { floatOf, intOf, stringOf } from '../../onnx/index.ts';
import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { input, keepRows, result, unsupported, type NodeContext, type Operator } from '../context.ts';
import { literal } from '../literal.ts';
import type { Position } from '../position.ts';
import { densely } from './dense.ts';
import { sumsOfBlock } from './dense-block.ts';
import { broadcastTo, constantValue, madeOf, store, type Value } from '../value.ts';
import { combined, isFloat, rounded } from './element.ts';
import { moved } from './layout.ts';
import { computed } from './reduce.ts';

/** A·B with numpy's broadcasting of leading axes. Sums are float64, from the first column on, and rounded once. */
const matMul: Operator = (context) => {
  const [a, b] = [input(context, 0), input(context, 1)];
  if (a.shape.length === 2 && context.isBatch(1)) keepRows(context, [0], 1);
  if (b.shape.length <= 2 && context.isBatch(1)) throw unsupported(context.node, 'work across rows');
  if (a.shape.length === 1) keepRows(context, [0]);
  return [product(context, a, b, result(context).shape)];
};

/** alpha·A·B + beta·C */
const gemm: Operator = (context) => {
  const { node } = context;
  if (context.isBatch(1)) throw unsupported(node, 'work across rows');
  if (intOf(node, 'transA', 0)) keepRows(context, [0]);
  const a = intOf(node, 'transA', 0) ? transposed(context, input(context, 0)) : input(context, 0);
  const b = intOf(node, 'transB', 0) ? transposed(context, input(context, 1)) : input(context, 1);
  const type = result(context);
  const step = (text: string) => rounded(type.dtype, text, context);
  const scale = (value: Value, name: string): Value => {
    const factor = floatOf(node, name, 1);
    return factor === 1
      ? value
      : combined(context, [value], { dtype: type.dtype, shape: value.shape }, ([x]) =>
          step(`${x} * ${literal(factor)}`),
        );
  };
  const scaled = scale(product(context, a, b, type.shape), 'alpha');
  const c = context.inputs[2];
  if (!c) return [scaled];
  const added = scale(c, 'beta');
  const sum = combined(context, [scaled, added], type, ([x, y]) => step(`${x} + ${y}`));
  return [madeOf(sum, 'Add', [scaled, added])];
};

/** Sums over the indices that the result does not have, for one or two inputs. */
const einsum: Operator = (context) => {
  const { code, node } = context;
  const equation = stringOf(node, 'equation').replaceAll(' ', '');
  const [left = '', right] = equation.split('->');
  const labels = left.split(',');
  const values = labels.map((_, i) => store(code, input(context, i)));
  if (equation.includes('.') || right === undefined || labels.length > 2)
    throw unsupported(node, `the equation ${equation.length > 40 ? '' : equation}`);
  const sizes = new Map<string, number>();
  labels.forEach((letters, i) => {
    Array.from(letters).forEach((letter, axis) => sizes.set(letter, values[i]?.shape[axis] as number));
    const rows = letters[0] as string;
    if (context.isBatch(i) && (right[0] !== rows || letters.indexOf(rows, 1) >= 0)) keepRows(context, [0], i);
    const isShared = labels.some(
      (other, j) => j !== i && other.includes(rows) && !(context.isBatch(j) && other[0] === rows),
    );
    if (context.isBatch(i) && isShared) keepRows(context, [0], i);
  });
  if (context.isBatch(0) && context.isBatch(1) && labels[0]?.[0] !== labels[1]?.[0]) keepRows(context, [0]);
  const summed = [...sizes.keys()].filter((letter) => !right.includes(letter));
  const over = Array.from(right).map((letter) => sizes.get(letter) as number);
  const inner = summed.map((letter) => sizes.get(letter) as number);
  const { dtype, shape } = result(context);
  if (!isFloat(dtype)) throw unsupported(node, dtype);
  return [
    computed(code, dtype, over, shape, sizeOf(inner), values, (outer, isSmall) => {
      const total = code.variable('0');
      code.each(inner, isSmall, (places) => {
        const place = (letter: string): Position =>
          (right.includes(letter) ? outer[right.indexOf(letter)] : places[summed.indexOf(letter)]) as Position;
        const elements = values.map((value, i) => value.at(code, Array.from(labels[i] as string, place)));
        code.line(`${total} += ${elements.join(' * ')};`);
      });
      return rounded(dtype, total, context);
    }),
  ];
};

/** Matrix products. */
export const linear: Readonly<Record<string, Operator>> = { MatMul: matMul, Gemm: gemm, Einsum: einsum };

/** A·B; sums run from the first column of A on, in float64, and are rounded once. */
export function product(context: NodeContext, a: Value, b: Value, shape: readonly number[], isFused = false): Value {
  const { code } = context;
  const { dtype } = a;
  if (!isFloat(dtype) && dtype !== 'int32' && dtype !== 'int64') throw unsupported(context.node, dtype);
  const right = store(code, b);
  const depth = a.shape.at(-1) as number;
  const isLarge = sizeOf(b.shape) > code.unroll * 2;
  if (context.isAfterRows && context.block && right.tensor)
    return sumsOfBlock(context, context.block, a, right.tensor, shape, {
      term: 'product',
      isAfterRows: true,
      isSmall: !isLarge,
    });
  if (!isFused && isLarge && right.tensor && b.shape.length === 2 && isFloat(dtype))
    return densely(context, a, right.tensor, shape);
  const left = store(code, a);
  const hasRows = a.shape.length > 1;
  const hasColumns = b.shape.length > 1;
  // Coordinates of the result with the axes that vectors lack.
  const full = [...shape];
  if (!hasColumns) full.push(1);
  if (!hasRows) full.splice(full.length - 1, 0, 1);
  const factor = (
    value: Value,
    coordinates: readonly Position[],
    matrix: readonly [Position, Position],
    vector: Position,
  ) =>
    value.shape.length === 1
      ? value.at(code, [vector])
      : value.at(code, [...broadcastTo(value.shape.slice(0, -2), coordinates.slice(0, -2)), ...matrix]);
  return computed(code, dtype, full, shape, depth, [left, right], (coordinates, isSmall) => {
    const [row, column] = coordinates.slice(-2) as [Position, Position];
    // A fused multiply-add of float32 rounds once for each term; products of two float32 are exact in float64.
    const step = (sum: string) => (isFused ? rounded(dtype, sum, context) : sum);
    const term = (k: Position) =>
      `${factor(left, coordinates, [row, k], k)} * ${factor(right, coordinates, [k, column], k)}`;
    if (isSmall) {
      let total = '';
      code.repeat(
        depth,
        (k) => {
          const next = term(k);
          total = total === '' ? step(next) : code.bind(step(`${total} + ${next}`));
        },
        true,
      );
      return rounded(dtype, total === '' ? '0' : total, context);
    }
    const total = code.variable('0');
    code.repeat(depth, (k) => code.line(`${total} = ${step(`${total} + ${term(k)}`)};`), false);
    return rounded(dtype, total, context);
  });
}

function transposed({ code }: NodeContext, value: Value): Value {
  const [rows, columns] = value.shape as [number, number];
  const { tensor } = value;
  if (!tensor) return moved(value, [columns, rows], ([row, column]) => [column as Position, row as Position]);
  const turned = code.program.derived(tensor, 'transposed', (): Tensor => {
    const source = tensor.data as Float64Array;
    const data = new (source.constructor as Float64ArrayConstructor)(source.length);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) data[j * rows + i] = source[i * columns + j] as number;
    return { dtype: tensor.dtype, shape: [columns, rows], data };
  });
  return constantValue(turned);
}
