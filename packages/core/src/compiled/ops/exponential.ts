import { sizeOf } from '../../tensor/index.ts';
import { input, result, type NodeContext } from '../context.ts';
import { isLength } from '../length.ts';
import { arrayValue, inKernel, type Value } from '../value.ts';
import { addExp } from './exp-kernel.ts';
import { storeVector } from './vector-expression.ts';
import { kernelName, vectorKernel } from './vector-kernel.ts';

/** Fewer powers are not worth the call. */
const kernelFrom = 24;

/** e^x of many numbers by the kernel; undefined: they are few, or no float64. */
export function manyPowers(context: NodeContext): Value | undefined {
  const { code, node } = context;
  const { program } = code;
  const { dtype, shape } = result(context);
  const x = input(context, 0);
  const count = sizeOf(shape);
  if (dtype !== 'float64' || count < kernelFrom || isLength(count)) return undefined;
  const powers = program.derived(node, 'powers', () => addExp(vectorKernel(program), count));
  if (!powers) return undefined;
  const kernel = kernelName(program);
  const array = (length: number, address: number) => program.array('float64', length, { kernel, address });
  const given = array(powers.size, powers.input);
  const out = array(powers.size + 2, powers.output);
  storeVector(context, x, given, { address: powers.input, stride: 0, row: '0' });
  const isDone = `${kernel} && (${kernel}.${powers.name}(0), ${out}[${powers.size}] + ${out}[${powers.size + 1}] === 2)`;
  const exp = program.use('exp');
  code.line(`if (!(${isDone})) for (let i = 0; i < ${count}; i++) ${out}[i] = ${exp}(${given}[i]);`);
  return inKernel(arrayValue(out, dtype, shape), powers.output);
}
