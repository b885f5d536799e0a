import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { constantOf, type Code, type KernelPlace, type Program } from '../code.ts';
import type { NodeContext } from '../context.ts';
import { at, flatten, plus, print, zero, type Position } from '../position.ts';
import { arrayValue, constantValue, inKernel, store, type Value } from '../value.ts';
import { addDense, type DenseProduct, type DenseTerm } from './dense-kernel.ts';
import { rounded } from './element.ts';
import { storeVector } from './vector-expression.ts';
import { kernelName, vectorKernel } from './vector-kernel.ts';

/** Columns that JavaScript sums side by side: a sum need not wait for the one before it. */
const together = 4;
/** Smaller products are not worth the call. */
const kernelFrom = 64;

/**
 * Writes x·W for a large constant W. Each sum runs over the rows of W from the first to the last, in float64; that of
 * a single column in four parts.
 * W is laid out in panels of some columns, so that the innermost loop reads one stream.
 */
export function densely(context: NodeContext, given: Value, weights: Tensor, shape: readonly number[]): Value {
  const { code } = context;
  const lanes = lanesFor(weights.shape[1] as number);
  const panels = code.program.derived(weights, 'panels', () => panelsOf(weights, lanes));
  const isRow = given.dtype === 'float64' && sizeOf(given.shape.slice(0, -1)) === 1;
  const found = isRow ? bySums(context, given, weights, shape, 'product') : undefined;
  if (found) return found;
  const x = store(code, given);
  const [depth, columns] = weights.shape as [number, number];
  const out = code.program.array(x.dtype, sizeOf(shape));
  x.prepare(code);
  writeLoops(context, x, panels, { depth, columns, lanes }, out);
  return arrayValue(out, x.dtype, shape);
}

/** Sums of products, or of squared differences, by the kernel; undefined: it has no place for them. */
export function bySums(
  context: NodeContext,
  x: Value,
  weights: Tensor,
  shape: readonly number[],
  term: DenseTerm,
): Value | undefined {
  const { code } = context;
  const { program } = code;
  const [depth, columns] = weights.shape as [number, number];
  const lanes = lanesFor(columns);
  const panels = program.derived(weights, 'panels', () => panelsOf(weights, lanes));
  const kernel = kernelFor(program, panels, depth, lanes, term);
  if (!kernel) return undefined;
  const { name, product } = kernel;
  const within = (address: number): KernelPlace => ({ kernel: name, address });
  const given = program.array('float64', depth, within(product.input));
  const out = program.array('float64', sizeOf(panels.shape) / depth, within(product.output));
  storeVector(context, x, given, product.input);
  const matrix = program.constant(panels, () => constantOf(panels));
  const inScript = program.use(term === 'product' ? 'multiply' : 'distances');
  code.line(
    `if (${name}) ${name}.${product.name}(0); else ${inScript}(${given}, ${matrix}, ${out}, ${depth}, ${lanes});`,
  );
  return inKernel(arrayValue(out, 'float64', shape), product.output);
}

interface Layout {
  readonly depth: number;
  readonly columns: number;
  readonly lanes: number;
}

function writeLoops(
  context: NodeContext,
  x: Value,
  panels: Tensor,
  { depth, columns, lanes }: Layout,
  out: string,
): void {
  const { code } = context;
  const weights = constantValue(panels);
  const leading = x.shape.slice(0, -1);
  code.each(leading, sizeOf(leading) === 1, (row) => {
    if (columns === 1 && depth >= 16) {
      const total = inParts(code, depth, (k) => `${x.at(code, [...row, k])} * ${weights.flat(code, k)}`);
      code.line(`${out}[${print(flatten(leading, row))}] = ${rounded(x.dtype, total, context)};`);
      return;
    }
    const target = flatten([...leading, columns], [...row, zero]);
    const sum = (panel: Position, from: number, width: number) => {
      const sums = Array.from({ length: width }, () => code.variable('0'));
      code.repeat(
        depth,
        (k) => {
          const element = code.bind(x.at(code, [...row, k]));
          const start = plus(plus(at(from), panel, depth * lanes), k, lanes);
          sums.forEach((one, c) => code.line(`${one} += ${element} * ${weights.flat(code, plus(start, at(c)))};`));
        },
        false,
      );
      sums.forEach((one, c) => {
        const place = plus(plus(target, panel, lanes), at(from + c));
        code.line(`${out}[${print(place)}] = ${rounded(x.dtype, one, context)};`);
      });
    };
    const panel = (j: Position, width: number) => {
      for (let from = 0; from < width; from += together) sum(j, from, Math.min(together, width - from));
    };
    const full = Math.floor(columns / lanes);
    if (full > 0) code.repeat(full, (j) => panel(j, lanes), false);
    if (columns % lanes > 0) panel(at(full), columns % lanes);
  });
}

/** A sum in four parts: an addition need not wait for the one before it. */
function inParts(code: Code, count: number, term: (k: Position) => string): string {
  const parts = Array.from({ length: together }, () => code.variable('0'));
  const full = Math.floor(count / together);
  code.repeat(
    full,
    (k) => parts.forEach((part, i) => code.line(`${part} += ${term(plus(at(i), k, together))};`)),
    false,
  );
  for (let k = full * together; k < count; k++) code.line(`${parts[0]} += ${term(at(k))};`);
  const [a, b, c, d] = parts;
  return `((${a} + ${b}) + (${c} + ${d}))`;
}

/** The function of the kernel for these sums. */
function kernelFor(
  program: Program,
  panels: Tensor,
  rows: number,
  lanes: number,
  term: DenseTerm,
): { name: string; product: DenseProduct } | undefined {
  if (panels.data.length < kernelFrom || lanes === 1) return undefined;
  const { data } = panels;
  const product = program.derived(panels, term, () =>
    addDense(vectorKernel(program), { data: data as Float64Array, rows, columns: data.length / rows, lanes }, term),
  );
  return product && { name: kernelName(program), product };
}

/** Columns of a panel: more are faster, but the last one is filled up. */
function lanesFor(columns: number): number {
  if (columns === 1) return 1;
  const cost = (lanes: number) => Math.ceil(columns / lanes) * (lanes + 3);
  return [16, 8, 4].reduce((best, lanes) => (cost(lanes) < cost(best) ? lanes : best));
}

/** Some columns after some columns, each row by row; columns that are missing are 0. */
function panelsOf({ dtype, shape, data }: Tensor, lanes: number): Tensor {
  const [rows, columns] = shape as [number, number];
  const count = Math.ceil(columns / lanes);
  const panels = new (data.constructor as Float64ArrayConstructor)(count * rows * lanes);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      panels[(Math.floor(j / lanes) * rows + i) * lanes + (j % lanes)] = (data as Float64Array)[
        i * columns + j
      ] as number;
    }
  }
  return { dtype, shape: [panels.length], data: panels };
}
