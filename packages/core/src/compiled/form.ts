import { opsetOf, type OnnxModel } from '../onnx/index.ts';
import { sizeOf, type DType } from '../tensor/index.ts';
import { Code, type Program } from './code.ts';
import { unsupported, type Block, type NodeContext } from './context.ts';
import { forestValue } from './ops/forest.ts';
import { operators } from './ops/index.ts';
import { writeReadyOutput } from './ops/ready-output.ts';
import { byVectors } from './ops/vector-expression.ts';
import { outlined } from './outline.ts';
import type { Plan } from './plan.ts';
import type { Body, Step } from './steps.ts';
import { flatten, plus, print, type Position } from './position.ts';
import { constantValue, copy, lazyValue, storable, store, storeIn, type Value } from './value.ts';

/** Expressions nested deeper than this are stored in between. */
const maxDepth = 50;

/** How one of the two forms of a model reads its inputs and writes its outputs. */
export interface Form {
  /** The value of an input. */
  input(code: Code, index: number, dtype: DType, shape: readonly number[]): Value;
  /** The array of an output and where the present row begins in it. */
  output(index: number, size: number): { array: string; start: Position };
  /** Outputs that are written; others do not depend on the input. */
  readonly computed: ReadonlySet<string>;
  /** Set for the form that works on many rows: what it does before and after each loop over them. */
  readonly block?: Omit<Block, 'afterRows' | 'beforeRows'>;
}

/** Writes the body of a form: for a block, one loop over rows for each stage, with forests in between. */
export function writeForm(model: OnnxModel, plan: Plan, program: Program, unroll: number, form: Form): string {
  const values = new Map<string, Value>();
  const depths = new Map<Value, number>();
  const parts: string[] = [];
  for (let stage = 0; stage < plan.stages; stage++) {
    const code = new Code(program, unroll, form.block ? 3 : 2);
    const before: ((code: Code, rows: string) => void)[] = [];
    const after: ((code: Code, rows: string) => void)[] = [];
    let isInBody = false;
    const read = (name: string): Value => {
      const known = values.get(name) ?? valueOf(name, code);
      values.set(name, known);
      return known;
    };
    const valueOf = (name: string, into: Code): Value => {
      const constant = plan.constants.get(name);
      if (constant) return constantValue(constant);
      const index = plan.inputs.findIndex((input) => input.name === name);
      const { dtype, shape } = plan.type(name);
      return form.input(into, index, dtype, shape);
    };
    const blockNow = (): Block | undefined =>
      form.block && {
        ...form.block,
        beforeRows: isInBody ? undefined : (write) => before.push(write),
        afterRows: (write) => after.push(write),
      };
    const take = (step: Step): void => {
      // What bodies read from around them is in its place before they begin.
      if (step.bodies.size > 0) {
        for (const name of step.reads) {
          values.set(name, store(code, read(name)));
          read(name).prepare(code);
        }
      }
      const context = contextOf(model, plan, step, { read, body: bodyOf(step), code, block: blockNow() });
      const results = compute(step, context);
      outputsOf(step).forEach((name, i) => {
        if (name === '') return;
        const value = results[i];
        if (!value) throw unsupported(step.node, `output ${i + 1}`);
        values.set(name, step.forest || context.isAfterRows ? value : kept(name, value, step, context));
      });
    };
    const bodyOf =
      ({ bodies }: Step): NodeContext['body'] =>
      (key, given) => {
        const { inputs, steps, outputs } = bodies.get(key) as Body;
        inputs.forEach((name, i) => values.set(name, given[i] as Value));
        const open = new Set(steps);
        return (results) => {
          const names = results.map((i) => outputs[i] as string);
          const wasInBody = isInBody;
          isInBody = true;
          for (const step of needed([...open], names)) {
            open.delete(step);
            take(step);
          }
          isInBody = wasInBody;
          return names.map(read);
        };
      };
    plan.steps.filter((step) => step.stage === stage).forEach(take);
    plan.outputs.forEach(({ name }, i) => {
      if (plan.madeIn(name) === stage && form.computed.has(name))
        writeOutput(code, read(name), form.output(i, sizeOf(plan.type(name).shape)), blockNow());
    });
    parts.push(...assembled(code, { before, after }, form, program, unroll));

    function kept(name: string, value: Value, step: Step, context: NodeContext): Value {
      if (form.block && plan.crosses(name) && plan.isBatch(name)) {
        const size = sizeOf(value.shape);
        return storeIn(code, value, form.block.array(value.dtype, size), form.block.rowStart(size));
      }
      if (plan.uses(name) > 1) return store(code, byVectors(context, value, 'result'));
      const depth = 1 + Math.max(0, ...step.reads.map((input) => depths.get(values.get(input) as Value) ?? 0));
      if (depth > maxDepth) return copy(code, value);
      depths.set(value, depth);
      return value;
    }
  }
  return parts.join('\n');
}

/** The steps that results need, in their order. */
function needed(steps: readonly Step[], results: readonly string[]): Step[] {
  const names = new Set(results);
  return steps
    .toReversed()
    .filter(({ reads, writes }) => {
      if (!writes.some((name) => names.has(name))) return false;
      for (const name of reads) names.add(name);
      return true;
    })
    .toReversed();
}

interface Around extends Pick<NodeContext, 'body' | 'code' | 'block'> {
  readonly read: (name: string) => Value;
}

function compute({ node, forest }: Step, context: NodeContext): readonly Value[] {
  if (forest) return [forestValue(context, forest)];
  const operator = Object.hasOwn(operators, node.domain) ? operators[node.domain] : undefined;
  const write = operator && Object.hasOwn(operator, node.op) ? operator[node.op] : undefined;
  if (!write) throw unsupported(node);
  return write(context);
}

function contextOf(model: OnnxModel, plan: Plan, step: Step, around: Around): NodeContext {
  const { read, body, code, block } = around;
  const { node, forest } = step;
  const names = forest ? [forest.input] : node.inputs;
  const wanted = new Set(step.reads);
  return {
    node,
    opset: opsetOf(model, node.domain),
    inputs: names.map((name) => (wanted.has(name) ? read(name) : name === '' ? undefined : parameter(plan, name))),
    results: outputsOf(step).map((name) => plan.type(name === '' ? (step.writes[0] as string) : name)),
    tensor: (name) => plan.constants.get(name),
    known: (i) => (names[i] ? plan.known(names[i]) : undefined),
    isBatch: (i) => names[i] !== undefined && names[i] !== '' && plan.isBatch(names[i]),
    body,
    code,
    block,
    isAfterRows: block !== undefined && step.isAfterRows,
  };
}

/** Names of the results in the order of the operator; empty for those that are left out. */
function outputsOf({ node, forest }: Step): readonly string[] {
  return forest ? [forest.output] : node.outputs;
}

/** An input of which only the shape, or elements that are known beforehand, may be asked. */
function parameter(plan: Plan, name: string): Value {
  const { dtype, shape } = plan.type(name);
  const none = () => {
    throw new Error('the elements of a parameter are not read');
  };
  return lazyValue({ dtype, shape, inputs: [], at: none });
}

function writeOutput(code: Code, value: Value, { array, start }: ReturnType<Form['output']>, block?: Block): void {
  const kernel = block && writeReadyOutput(code.program, block, value, array);
  if (kernel !== undefined) code.open(`if (!${kernel})`);
  const isSmall = sizeOf(value.shape) <= code.unroll;
  if (!isSmall) value.prepare(code);
  code.each(value.shape, isSmall, (coordinates) => {
    const place = print(plus(start, flatten(value.shape, coordinates)));
    code.line(`${array}[${place}] = ${storable(value.dtype, value.at(code, coordinates))};`);
  });
  if (kernel !== undefined) code.close();
}

function assembled(
  code: Code,
  { before, after }: Readonly<Record<'before' | 'after', readonly ((code: Code, rows: string) => void)[]>>,
  form: Form,
  program: Program,
  unroll: number,
): string[] {
  const body = outlined(code.toString(), program);
  if (!form.block) return [body];
  const parts = body === '' ? [] : [`    for (let r = start, q = 0; r < end; r++, q++) {\n${body}\n    }`];
  const around = [before, after].map((all) => {
    const own = new Code(program, unroll, 2);
    for (const write of all) write(own, '(end - start)');
    return own.toString();
  });
  return [around[0] as string, ...parts, around[1] as string].filter((part) => part !== '');
}
