import type { GraphBuilder } from '../onnx/index.ts';
import type { PreStep } from '../pre/index.ts';
import type { Limit } from '../signature/limits.ts';

/** Element types inside a model. Booleans are 0 and 1. */
export type ValueType = 'float64' | 'float32' | 'int64' | 'bool' | 'string';

/** What one row holds at one place of the model: `width` elements. Every value is `[N, width]`. */
export interface Shape {
  readonly dtype: ValueType;
  readonly width: number;
}

/** One row of a value: numbers (booleans and integers too), or strings. */
export type Row = Float64Array | readonly string[];

/** What some part of the model asks of one column, found by walking back from the outputs. */
export interface Demand {
  /** Missing (NaN) is refused by the library. */
  readonly present?: boolean | undefined;
  /** Infinity is refused by the library. */
  readonly finite?: boolean | undefined;
  /** The library casts to float32 and refuses magnitudes beyond its range. */
  readonly float32?: boolean | undefined;
  /** Text that is a date or a time. */
  readonly date?: boolean | undefined;
  /** Text that the library also makes from whole numbers and truth values. */
  readonly numerals?: boolean | undefined;
  /** Numbers that the library refuses, or makes into NaN or infinity where those are refused. */
  readonly limits?: readonly Limit[] | undefined;
  /** The values that training knew (null: missing is one of them). `closed`: any other is refused. */
  readonly categories?:
    | { readonly values: readonly (string | number | boolean | null)[]; readonly closed: boolean }
    | undefined;
}

/**
 * One operation of the model IR: what it computes (plain reference), how ONNX says it, what it asks of its inputs.
 *
 * The evaluation and the emission are written independently of each other: the gate compares them.
 */
export interface Op<P> {
  readonly id: string;
  /** One row, in plain loops. The result is rounded to float32 by the caller where the value is float32. */
  evaluate(params: P, inputs: readonly Row[], value: Value<P>): Row;
  /** Adds nodes; returns the name of the `[N, width]` result (a constant is `[1, width]`). */
  emit(graph: GraphBuilder, params: P, inputs: readonly string[], value: Value<P>): string;
  /** Operations on text that hosts carry out before the graph: the step of pre.json. The graph does not read their inputs. */
  pre?(params: P): PreStep;
  /**
   * What the consumers' demands on the result mean for each input, by position. Left out: element-wise where the
   * widths agree, else every input position gets the union; categories do not pass.
   */
  demand?(params: P, demands: readonly Demand[], value: Value<P>): readonly (readonly Demand[])[];
}

/** A place in the model: the result of an operation on other values. Values form a directed acyclic graph. */
export interface Value<P = unknown> extends Shape {
  readonly op: Op<P>;
  readonly params: P;
  readonly inputs: readonly Value[];
}

export function value<P>(op: Op<P>, params: P, inputs: readonly Value[], dtype: ValueType, width: number): Value {
  return { op, params, inputs, dtype, width };
}

/** One input of the model as users know it: a column of a table, or a position of a row array. */
export interface InputParams {
  readonly name: string;
  readonly position: number;
}

/** Numbers, or strings in which a missing value is {@link MISSING}. */
export const input: Op<InputParams> = {
  id: 'input',
  evaluate() {
    throw new Error('inputs are given to the evaluator');
  },
  emit() {
    throw new Error('inputs are declared by the emitter');
  },
};

/** Stands for a missing string inside graphs; a private-use character keeps it apart from every real category. */
export const MISSING = '\u{E000}null';

/** A model: named outputs over values. Everything else is reached from them. */
export interface Model {
  readonly inputs: readonly Value<InputParams>[];
  /** `table`: one graph input per column; `array`: one graph input `X` [N, F] when all columns are numbers. */
  readonly form: 'table' | 'array';
  readonly outputs: readonly ModelOutput[];
}

export interface ModelOutput {
  readonly name: string;
  readonly value: Value;
  /** True: the graph output is [N] instead of [N, 1]. */
  readonly flat: boolean;
}

/** All values that the outputs need, inputs of an operation before the operation itself. Iterative: models can be deep. */
export function topological(outputs: readonly Value[]): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const stack: { value: Value; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push({ value: output, next: 0 });
    while (stack.length) {
      const top = stack[stack.length - 1] as { value: Value; next: number };
      const child = top.value.inputs[top.next++];
      if (!child) {
        order.push(top.value);
        stack.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        stack.push({ value: child, next: 0 });
      }
    }
  }
  return order;
}
