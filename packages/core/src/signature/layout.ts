import { tensor, type Tensor } from '../tensor/index.ts';
import { holdsText, makeCell, type Cell } from './cell.ts';
import type { Signature } from './signature.ts';

/** Name of the one graph input of models whose rows are arrays of numbers. */
export const ARRAY_INPUT = 'X';
/** Name of the text of a row before the steps of pre.json. */
export const TEXT_INPUT = 'text';

/** Name of the picture of a row before the steps of pre.json. */
export const IMAGE_INPUT = 'image';

/**
 * Where the cells of a row go: number slots and string slots, each counted from 0 in column order.
 *
 * Row i of a block of `capacity` rows has slot s at `i + s·capacity` (columns), or at `i·numbers + s` when the graph
 * takes one matrix. One row alone is a block of capacity 1: its slots are contiguous either way.
 */
export interface Layout {
  /** One per column of the signature, in order. */
  readonly cells: readonly Cell[];
  /** Column names by number slot. */
  readonly numbers: readonly string[];
  /** Column names by string slot. */
  readonly strings: readonly string[];
  /** All numbers are one input `X` `[N, F]`. */
  readonly matrix: boolean;
}

/**
 * Lays out forms `table`, `array` and `text`; undefined for `tensors`.
 *
 * With `inputs`, the names of the graph's inputs, slots follow their order, as the compiled row form wants it.
 */
export function layoutOf(signature: Signature, inputs?: readonly string[]): Layout | undefined {
  const { form, columns } = signature;
  if (form === 'tensors') return undefined;
  if (form === 'text') return textLayout(signature);
  const matrix = form === 'array' && !columns.some(holdsText);
  // A matrix has a place for every position; else there is no input for a column that the model drops.
  const used = columns.filter((column) => column.required || matrix);
  if (inputs && !matrix) {
    const order = slotsOf(inputs);
    used.sort((a, b) => (order.get(a.name) ?? -1) - (order.get(b.name) ?? -1));
  }
  const numbers = used.filter((column) => !holdsText(column)).map((column) => column.name);
  const strings = used.filter(holdsText).map((column) => column.name);
  const [numberSlots, stringSlots] = [slotsOf(numbers), slotsOf(strings)];
  const cells = columns.map((column) => {
    const slot = (holdsText(column) ? stringSlots : numberSlots).get(column.name) ?? -1;
    return makeCell(column.required ? column : { ...column, nullable: true }, slot);
  });
  return { cells, numbers, strings, matrix };
}

/** Position of each name; a model may have very many. */
function slotsOf(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, slot) => [name, slot]));
}

function textLayout({ columns }: Signature): Layout {
  const column = columns[0] ?? { name: TEXT_INPUT, type: 'string', nullable: false, required: true };
  return { cells: [makeCell(column, 0)], numbers: [], strings: [column.name], matrix: false };
}

/** Rows of a block, written in place and handed on as tensors without copying the numbers. */
export interface Block {
  readonly numbers: Float64Array;
  readonly strings: string[];
  readonly capacity: number;
}

export function makeBlock(layout: Layout, capacity: number): Block {
  const strings: string[] = [];
  for (let i = 0; i < layout.strings.length * capacity; i++) strings.push('');
  return { numbers: new Float64Array(layout.numbers.length * capacity), strings, capacity };
}

/** The first `count` rows as the graph's inputs. Numbers are views on the block. */
export function blockTensors(layout: Layout, block: Block, count: number): Record<string, Tensor> {
  const { numbers, strings, capacity } = block;
  const tensors: Record<string, Tensor> = Object.create(null) as Record<string, Tensor>;
  if (layout.matrix) {
    const width = layout.numbers.length;
    tensors[ARRAY_INPUT] = tensor('float64', [count, width], numbers.subarray(0, count * width));
    return tensors;
  }
  layout.numbers.forEach((name, slot) => {
    tensors[name] = tensor('float64', [count, 1], numbers.subarray(slot * capacity, slot * capacity + count));
  });
  layout.strings.forEach((name, slot) => {
    tensors[name] = tensor('string', [count, 1], strings.slice(slot * capacity, slot * capacity + count));
  });
  return tensors;
}
