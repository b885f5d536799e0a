import { sizeOf, type Tensor } from '../../tensor/index.ts';
import { constantOf, type KernelPlace, type Program } from '../code.ts';
import { maxBlockElements, maxBlockRows, type Block, type NodeContext } from '../context.ts';
import { print } from '../position.ts';
import { arrayValue, inKernel, ready, type ArrayPlace, type Value } from '../value.ts';
import { rowsTogether, wideProduct } from './block-kernel.ts';
import type { DenseTerm } from './dense-kernel.ts';
import { narrowProduct } from './narrow-kernel.ts';
import { isSummedInParts, lanesFor, panelsOf } from './panels.ts';
import { storeVector } from './vector-expression.ts';
import { kernelName, placeOf, vectorKernel, vectorOf, type Vector } from './vector-kernel.ts';

/** Products of more columns have panels. */
const narrow = 3;

export interface BlockSums {
  readonly term: DenseTerm;
  /** After the loop over rows, which computes x; else before it, where x is ready. */
  readonly isAfterRows?: boolean;
  /** The row form has no loops, so that its sums begin with the first product. */
  readonly isSmall?: boolean;
}

/**
 * x·W for all rows of a block, or squared distances from x to the columns of W: one call of the kernel, which reads W once
 * for several rows. The sums are those of the row form in every bit.
 */
export function sumsOfBlock(
  context: NodeContext,
  block: Block,
  x: Value,
  weights: Tensor,
  shape: readonly number[],
  { term, isAfterRows = false, isSmall = false }: BlockSums,
): Value {
  const { program } = context.code;
  const [depth, columns] = weights.shape as [number, number];
  const isNarrow = term === 'product' && columns <= narrow;
  const isInParts = isNarrow && !isSmall && isSummedInParts(depth, columns);
  const lanes = isNarrow ? 1 : Math.max(4, lanesFor(columns));
  const matrix = isNarrow ? weights : program.derived(weights, `panels of ${lanes}`, () => panelsOf(weights, lanes));
  const width = isNarrow ? columns : sizeOf(matrix.shape) / depth;
  const start = isSmall ? -0 : 0;
  const given = givenOf(context, block, x, depth);
  const place = areaOf(program, width, matrix.data.length * 8);
  const out = block.array('float64', width, place);
  const write = () => {
    if (!place || !given.from) return undefined;
    const to = { address: place.address, stride: width };
    const product = { depth, from: given.from, to, matrix: placeOf(program, matrix.data as Float64Array), start };
    const written = isNarrow
      ? narrowProduct(product, columns, isInParts)
      : wideProduct(product, { panels: width / lanes, lanes, term });
    return vectorKernel(program).add(0, () => ({ own: {}, written }));
  };
  const kernel = write();
  const name = kernel && kernelName(program);
  const elements = program.constant(matrix, () => constantOf(matrix));
  const script = isInParts
    ? 'multiplyInParts'
    : isNarrow
      ? 'multiplyNarrow'
      : term === 'product'
        ? 'multiply'
        : 'distances';
  const first = isSmall ? '-0' : '0';
  const how = isInParts ? [] : isNarrow ? [columns, first] : [width, lanes, first];
  program.use(script);
  (isAfterRows ? block.afterRows : block.beforeRows)?.((code, rows) => {
    const inScript = `${script}(${[given.array, given.stride, elements, out, depth, ...how, rows].join(', ')});`;
    code.line(kernel ? `if (${name}) ${name}.${kernel.name}(${rows}); else ${inScript}` : inScript);
  });
  const value = ready(arrayValue(out, 'float64', shape, block.rowStart(width)));
  return place ? inKernel(value, place.address) : value;
}

/** The rows of x side by side. */
interface Given {
  readonly array: string;
  readonly stride: number;
  /** Where the kernel has them; undefined: it has not. */
  readonly from: Vector | undefined;
}

/** The rows of x where they are, or put together in the kernel's memory. */
function givenOf(context: NodeContext, block: Block, x: Value, depth: number): Given {
  const { program } = context.code;
  const there = vectorOf(x);
  const [own] = block.rowStart(1).terms;
  if (x.array?.start.offset === 0 && there && there.row === own?.variable)
    return { array: x.array.name, stride: there.stride, from: there };
  const source = x.array && isOfCall(x, depth) ? x.array : undefined;
  const known = source && (block.copies.get(source.name) as Given | undefined);
  if (known) return known;
  const place = areaOf(program, depth, 0);
  const array = block.array('float64', depth, place);
  const vector = { address: place?.address ?? 0, stride: depth, row: own?.variable ?? '0' };
  const given = { array, stride: depth, from: place && vector };
  if (source && block.beforeRows) {
    block.beforeRows((code) => code.line(copied(source, array)));
    block.copies.set(source.name, given);
  } else storeVector(context, x, array, vector);
  return given;
}

/** The rows lie side by side in an array of the call. */
function isOfCall({ array, dtype }: Value, depth: number): boolean {
  const [term, other] = array?.start.terms ?? [];
  return dtype === 'float64' && term?.variable === 'r' && !other && term.factor === depth && array?.start.offset === 0;
}

function copied({ name, start }: ArrayPlace, array: string): string {
  const [from, to] = ['start', 'end'].map((row) =>
    print({ ...start, terms: start.terms.map((term) => ({ ...term, variable: row })) }),
  );
  return `${array}.set(${name}.subarray(${from}, ${to}));`;
}

/** A place in the kernel for so many elements of each row of a block; `bytes` more are needed for constants. */
function areaOf(program: Program, width: number, bytes: number): KernelPlace | undefined {
  const rows = Math.min(maxBlockRows, Math.ceil(maxBlockElements / width));
  const whole = Math.ceil((rows + 1) / rowsTogether) * rowsTogether;
  const address = vectorKernel(program).reserve(whole * width * 8, bytes);
  return address === undefined ? undefined : { kernel: kernelName(program), address };
}
