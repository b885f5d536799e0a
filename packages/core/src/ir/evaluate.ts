import { input, topological, type InputParams, type Model, type Row, type Value } from './value.ts';

/**
 * The plain reference: computes the outputs of one row, value by value, with each operation's own `evaluate`.
 *
 * Slow and simple on purpose; the gate compares the executors with it. `cells` holds a number or string per input.
 */
export function evaluator(model: Model): (cells: readonly (number | string)[]) => Map<string, Row> {
  const order = topological(model.outputs.map((output) => output.value));
  return (cells) => {
    const rows = new Map<Value, Row>();
    for (const value of order) rows.set(value, rowOf(value, rows, cells));
    return new Map(model.outputs.map((output) => [output.name, rows.get(output.value) as Row]));
  };
}

function rowOf(value: Value, rows: ReadonlyMap<Value, Row>, cells: readonly (number | string)[]): Row {
  if (value.op.id === input.id) {
    const cell = cells[(value.params as InputParams).position];
    return typeof cell === 'string' ? [cell] : Float64Array.of(cell ?? NaN);
  }
  const inputs = value.inputs.map((operand) => rows.get(operand) as Row);
  const row = value.op.evaluate(value.params, inputs, value);
  if (row.length !== value.width)
    throw new Error(`${value.op.id} gave ${row.length} elements instead of ${value.width}`);
  return value.dtype === 'float32' && row instanceof Float64Array ? row.map(Math.fround) : row;
}
