import type { DType } from '../tensor/index.ts';
import type { Constant } from './code.ts';

/** An input or output of generated code. */
export interface Port {
  readonly name: string;
  readonly dtype: DType;
  /** The shape with one row; axis 0 grows with the rows unless `isConstant`. −1: a length that differs from call to call. */
  readonly shape: readonly number[];
  /** Elements a row, without such lengths. */
  readonly size: number;
}

export interface InputPort extends Port {
  /** Where the elements of a row begin in the row form's `numbers`, or `strings` where the dtype is string. */
  readonly slot: number;
  /** The number of the length on each axis of −1: inputs that share one agree in a call. */
  readonly lengths: Readonly<Record<number, number>>;
}

export interface OutputPort extends Port {
  /** The output does not depend on the input and has the same shape for any number of rows. */
  readonly isConstant: boolean;
}

/** JavaScript source of a model and the data that it works with. Nothing of the model's text is in the source. */
export interface Generated {
  /** Body of a function of `C` (the constants) and `errors`, which returns a `GeneratedForms`. */
  readonly source: string;
  readonly constants: readonly Constant[];
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
  /** Values of constant outputs by position. */
  readonly fixed: readonly (Constant | undefined)[];
  /** There is a form for single rows: no length differs from call to call. */
  readonly hasRow: boolean;
  /** Rows that the block form takes at once. */
  readonly blockRows: number;
}

/** An array of the block form; integers are float64 there. */
export type Column = Float64Array | Float32Array | Uint8Array | string[] | readonly string[];

/** What running the source gives. */
export interface GeneratedForms {
  readonly numbers: Float64Array;
  readonly strings: string[];
  readonly outputs: readonly (Float64Array | string[])[];
  row(): void;
  block(
    start: number,
    end: number,
    inputs: readonly Column[],
    outputs: readonly Column[],
    lengths: readonly number[],
  ): void;
}

/** Errors of a call that generated code finds. */
export interface GeneratedErrors {
  outOfRange(index: number, count: number): Error;
  notANumber(text: string): Error;
}

export type Factory = (constants: readonly unknown[], errors: GeneratedErrors) => GeneratedForms;
