import type { GraphBuilder } from '../../onnx/index.ts';
import type { Row, Value } from '../value.ts';

/**
 * Values that an operation computes only when it needs them: everything between `from` and `target`, which must not
 * depend on anything else but constants.
 */
export function evaluateLazily(target: Value, from: Value, row: Row): Row {
  return along(target, from, row, (value, inputs) => value.op.evaluate(value.params, inputs, value));
}

/** Adds the nodes between `from` (called `name` in the graph) and `target`. */
export function emitLazily(graph: GraphBuilder, target: Value, from: Value, name: string): string {
  return along(target, from, name, (value, inputs) => value.op.emit(graph, value.params, inputs, value));
}

function along<T>(target: Value, from: Value, start: T, step: (value: Value, inputs: readonly T[]) => T): T {
  const known = new Map<Value, T>([[from, start]]);
  const reach = (value: Value): T => {
    const before = known.get(value);
    if (before !== undefined) return before;
    if (value.op.id === 'input') throw new Error('a lazy value depends on another input');
    const result = step(value, value.inputs.map(reach));
    known.set(value, result);
    return result;
  };
  return reach(target);
}
