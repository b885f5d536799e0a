import type { OnnxModel } from '../onnx/index.ts';
import { sizeOf, type DType } from '../tensor/index.ts';
import { constantOf, Program, type KernelPlace } from './code.ts';
import { maxBlockElements, maxBlockRows } from './context.ts';
import { foldConstants, type Evaluate } from './fold.ts';
import { writeForm, type Form } from './form.ts';
import type { Generated, InputPort, OutputPort } from './generated.ts';
import { beyond, isLength, lengthName, lengthSize } from './length.ts';
import { planOf, type Plan, type PlanOptions } from './plan.ts';
import type { Step } from './steps.ts';
import { at, type Position } from './position.ts';
import { support } from './support.ts';
import { arrayValue, lazyValue, ready } from './value.ts';

/** Statements that loops may be written out to, all in all. V8 optimizes functions up to some ten thousand. */
const maxStatements = 2000;

/** Writes the source of a model. `evaluate` computes what does not depend on the input. */
export function generate(model: OnnxModel, evaluate: Evaluate): Generated {
  const folded = foldConstants(model, evaluate);
  const generated = write(folded, {});
  if (generated.hasRow) return generated;
  if (write(folded, { variant: 1 }).source !== generated.source) throw beyond();
  return generated;
}

/** The same for a graph without inputs: its outputs are computed by `row`. */
export function generateFixed(model: OnnxModel): Generated {
  return write(model, { isFixed: true });
}

function write(model: OnnxModel, options: PlanOptions): Generated {
  const { isFixed = false } = options;
  const plan = planOf(model, options);
  const hasRow = plan.lengths.length === 0;
  const unroll = unrollLimit(plan);
  const program = new Program();
  const inputs = inputPorts(plan, options);
  const outputs = plan.outputs.map(({ name }): OutputPort => {
    const { dtype, shape } = plan.type(name);
    if (shape.some(isLength)) throw beyond();
    return { name, dtype, shape, size: sizeOf(shape), isConstant: !isFixed && !plan.isBatch(name) };
  });
  const computed = new Set(outputs.filter(({ isConstant }) => !isConstant).map(({ name }) => name));
  const row = hasRow ? writeForm(model, plan, program, unroll, { ...rowForm(inputs), computed }) : '';
  const blockArrays: BlockArray[] = [];
  const block = isFixed
    ? ''
    : writeForm(model, plan, program, unroll, { ...blockForm(program, blockArrays), computed });
  const width = blockArrays.reduce((sum, { size }) => sum + size, 1);
  const blockRows = Math.max(1, Math.min(maxBlockRows, Math.floor(maxBlockElements / width)));
  const lists = (prefix: string, ports: readonly unknown[], from: string) =>
    ports.map((_, i) => `const ${prefix}${i} = ${from}[${i}];`);
  const source = [
    "'use strict';",
    ...lists('c', program.constants, 'C'),
    ...(program.support.has('place') ? ['const outOfRange = errors.outOfRange;'] : []),
    ...(program.support.has('parseFloat') || program.support.has('parseInteger')
      ? ['const notANumber = errors.notANumber;']
      : []),
    ...[...program.support].map((name) => `const ${name} = ${support[name].source};`),
    `const numbers = new Float64Array(${total(inputs, false)});`,
    `const strings = new Array(${total(inputs, true)}).fill('');`,
    `const outputs = [${outputs.map(({ dtype, size }) => rowArray(dtype, size)).join(', ')}];`,
    ...lists('o', outputs, 'outputs'),
    ...program.scratch,
    ...blockArrays.map(
      ({ name, dtype, size, within }) =>
        `const ${name} = ${program.newArray(dtype, String(size * blockRows), within)};`,
    ),
    'return {',
    '  numbers, strings, outputs,',
    '  row() {',
    row,
    '  },',
    '  block(start, end, X, Y, L) {',
    ...plan.lengths.map((_, i) => `    const ${lengthName(i)} = L[${i}];`),
    ...lists('x', inputs, 'X').map((line) => `    ${line}`),
    ...lists('y', outputs, 'Y').map((line) => `    ${line}`),
    block,
    '  },',
    '};',
  ].join('\n');
  const fixed = outputs.map(({ name, isConstant }) => {
    const tensor = isConstant ? plan.constants.get(name) : undefined;
    return tensor && constantOf(tensor);
  });
  return { source, constants: program.constants, inputs, outputs, fixed, hasRow, blockRows };
}

/** An array with `size` elements for each row of a block. */
interface BlockArray {
  readonly name: string;
  readonly dtype: DType;
  readonly size: number;
  readonly within: KernelPlace | undefined;
}

function rowForm(inputs: readonly InputPort[]): Omit<Form, 'computed'> {
  return {
    input(_, index, dtype, shape) {
      const { slot } = inputs[index] as InputPort;
      if (dtype === 'string') return arrayValue('strings', dtype, shape, at(slot));
      if (dtype !== 'float32') return arrayValue('numbers', dtype, shape, at(slot));
      const numbers = arrayValue('numbers', 'float64', shape, at(slot));
      return lazyValue({
        dtype,
        shape,
        inputs: [numbers],
        at: (code, coordinates) => `Math.fround(${numbers.at(code, coordinates)})`,
        flat: (code, place) => `Math.fround(${numbers.flat(code, place)})`,
        isView: true,
      });
    },
    output: (index) => ({ array: `o${index}`, start: at(0) }),
  };
}

/** `r` is the row of the call, `q` that of the block. */
function blockForm(program: Program, arrays: BlockArray[]): Omit<Form, 'computed'> {
  const row = (variable: string, size: number): Position => ({
    terms: [{ variable, factor: size }],
    offset: 0,
    low: 0,
    high: Infinity,
  });
  return {
    input: (_, index, dtype, shape) => ready(arrayValue(`x${index}`, dtype, shape, row('r', sizeOf(shape)))),
    output: (index, size) => ({ array: `y${index}`, start: row('r', size) }),
    block: {
      copies: new Map(),
      array(dtype, size, within) {
        const name = program.name('w');
        arrays.push({ name, dtype, size, within });
        return name;
      },
      rowStart: (size) => row('q', size),
    },
  };
}

function inputPorts(plan: Plan, { variant = 0 }: PlanOptions): InputPort[] {
  const next = { numbers: 0, strings: 0 };
  const sizes = plan.lengths.map((_, i) => lengthSize(i, variant));
  return plan.inputs.map(({ name }) => {
    const { dtype, shape } = plan.type(name);
    const size = sizeOf(shape.filter((dim) => !isLength(dim)));
    const lengths: Record<number, number> = {};
    shape.forEach((dim, axis) => {
      if (isLength(dim)) lengths[axis] = sizes.indexOf(dim);
    });
    // One length, and no other size beside it, is what the place of a row can be computed with.
    if (Object.keys(lengths).length > 1 || (isLength(sizeOf(shape)) && size !== 1)) throw beyond();
    const list = dtype === 'string' ? 'strings' : 'numbers';
    const slot = next[list];
    next[list] += size;
    return { name, dtype, shape: shape.map((dim) => (isLength(dim) ? -1 : dim)), size, slot, lengths };
  });
}

/** Loops of up to so many steps are written out, as long as the whole stays small. */
function unrollLimit(plan: Plan): number {
  const sizes = allSteps(plan.steps).flatMap(({ writes }) => writes.map((name) => sizeOf(plan.type(name).shape)));
  for (const limit of [64, 32, 16, 8, 4]) {
    const statements = sizes.reduce((sum, size) => sum + (size <= limit ? size : 1), 0);
    if (statements <= maxStatements) return limit;
  }
  return 1;
}

function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => [step, ...[...step.bodies.values()].flatMap((body) => allSteps(body.steps))]);
}

function total(inputs: readonly InputPort[], areStrings: boolean): number {
  return inputs.reduce((sum, { dtype, size }) => sum + ((dtype === 'string') === areStrings ? size : 0), 0);
}

function rowArray(dtype: DType, size: number): string {
  return dtype === 'string' ? `new Array(${size}).fill('')` : `new Float64Array(${size})`;
}
