import { fail } from '../../errors/index.ts';
import type { Reply, Servable } from '../protocol.ts';
import { methodsOf, type Method } from './methods.ts';
import type { Tensors } from './run.ts';
import { rowWriter, writeNested, type NumberStyle } from './write-tensor.ts';

/** What array servers answer when nobody names a method: `predict` of a library’s model, every output of a graph. */
export function defaultMethods(model: Servable): readonly Method[] {
  const methods = methodsOf(model);
  return model.signature.task === 'graph' ? methods : methods.slice(0, 1);
}

/** The method of that name; INVALID_REQUEST names those that there are. */
export function namedMethod(model: Servable, name: string): Method {
  const methods = methodsOf(model);
  const found = methods.find((method) => method.name === name);
  if (found) return found;
  const names = methods.map((method) => JSON.stringify(method.name)).join(', ');
  throw fail('INVALID_REQUEST', {
    problem: `${model.name} has no ${JSON.stringify(name.slice(0, 80))}; it has ${names}.`,
  });
}

/** One JSON element a row: the value of one method, an object keyed by output of several. */
export function writeRows(methods: readonly Method[], outputs: Tensors, count: number, style: NumberStyle): string {
  return `[${rowTexts(methods, outputs, count, style).join(',')}]`;
}

export function rowTexts(methods: readonly Method[], outputs: Tensors, count: number, style: NumberStyle): string[] {
  const [first, ...others] = methods.map((method) => rowWriter(method.read(outputs), style));
  const heads = methods.map(({ name }, i) => `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  return Array.from({ length: count }, (_, row) => {
    if (!first) return '{}';
    if (others.length === 0) return first(row);
    return `${heads[0]}${first(row)}${others.map((write, i) => heads[i + 1] + write(row)).join('')}}`;
  });
}

/** Whole outputs: one as nested arrays, several as an object of them. */
export function writeColumns(methods: readonly Method[], outputs: Tensors, style: NumberStyle, keyed = false): string {
  const [only] = methods;
  if (only && methods.length === 1 && !keyed) return writeNested(only.read(outputs), style);
  return `{${methods.map((method) => `${JSON.stringify(method.name)}:${writeNested(method.read(outputs), style)}`).join(',')}}`;
}

/** A JSON answer of a model, with who answered. */
export function modelReply(
  model: Servable,
  body: Reply['body'],
  type = 'application/json',
  more: readonly string[] = [],
): Reply {
  return {
    status: 200,
    headers: ['content-type', type, 'x-slipway-model', model.label, 'x-slipway-digest', model.digest, ...more],
    body,
    model: model.label,
  };
}
