import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { constantOf, type Code, type KernelPlace, type Program } from '../code.ts';
import { maxBlockElements, type NodeContext } from '../context.ts';
import { rowsTogether } from './block-kernel.ts';
import { sumsOfBlock } from './dense-block.ts';
import { at, flatten, plus, print, zero, type Position } from '../position.ts';
import { arrayValue, constantValue, inKernel, store, storeIn, type Value } from '../value.ts';
import { addDense, type DenseProduct, type DenseTerm } from './dense-kernel.ts';
import { rounded } from './element.ts';
import { isSummedInParts, lanesFor, panelsOf } from './panels.ts';
import { storeVector } from './vector-expression.ts';
import { kernelName, placeOf, vectorKernel, vectorOf } from './vector-kernel.ts';

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
  const panels = code.program.derived(weights, `panels of ${lanes}`, () => panelsOf(weights, lanes));
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
  const { code, block } = context;
  const { program } = code;
  const [depth, columns] = weights.shape as [number, number];
  if (block?.beforeRows && x.array?.isReady && term === 'distance' && depth + columns < maxBlockElements / rowsTogether)
    return sumsOfBlock(context, block, x, weights, shape, { term });
  const lanes = lanesFor(columns);
  const panels = program.derived(weights, `panels of ${lanes}`, () => panelsOf(weights, lanes));
  const there = vectorOf(x);
  const known = x.array && there?.stride === 0 ? { ...x.array, address: there.address } : undefined;
  const kernel = kernelFor(program, panels, depth, lanes, term, known?.address);
  if (!kernel) return undefined;
  const { name, product } = kernel;
  const within = (address: number): KernelPlace => ({ kernel: name, address });
  const given = program.array('float64', depth, within(product.input));
  const out = program.array('float64', sizeOf(panels.shape) / depth, within(product.output));
  const whole = { address: product.input, stride: 0, row: '0' };
  if (!known) storeVector(context, x, given, whole);
  else {
    // The kernel reads it where it is.
    code.open(`if (!${name})`);
    storeIn(code, x, given, zero, false);
    code.close();
  }
  const matrix = program.constant(panels, () => constantOf(panels));
  const inScript = program.use(term === 'product' ? 'multiply' : 'distances');
  code.line(
    `if (${name}) ${name}.${product.name}(0); else ${inScript}(${given}, 0, ${matrix}, ${out}, ${depth}, ${sizeOf(panels.shape) / depth}, ${lanes}, 0, 1);`,
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
    if (isSummedInParts(depth, columns)) {
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
  input: number | undefined,
): { name: string; product: DenseProduct } | undefined {
  if (panels.data.length < kernelFrom || lanes === 1) return undefined;
  const { data } = panels;
  const matrix = data as Float64Array;
  const product = program.derived(panels, `${term} of ${input}`, () =>
    addDense(
      vectorKernel(program),
      { matrix: () => placeOf(program, matrix), bytes: matrix.byteLength, rows, columns: data.length / rows, lanes },
      term,
      input,
    ),
  );
  return product && { name: kernelName(program), product };
}
