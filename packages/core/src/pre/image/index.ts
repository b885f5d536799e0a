import { fail } from '../../errors/index.ts';
import { zeros, type Tensor } from '../../tensor/index.ts';
import type { Pictures } from '../run.ts';
import { imageOf, stacked } from './run.ts';
import type { ImageStep } from './step.ts';

/** Decodes and prepares pictures, for `compilePre`. */
export const pictures: Pictures = (step) => (inputs, firstRow) => {
  const column = inputs[step.column];
  if (column?.dtype !== 'string') throw new Error(`the pictures ${step.column} are missing`);
  const texts = column.data as readonly string[];
  const isAlone = texts.length === 1 && firstRow === 0;
  const rows = texts.map((text, i) =>
    imageOf(step, text, isAlone ? step.column : `rows[${firstRow + i}].${step.column}`),
  );
  const all = rows.length ? stacked(rows) : none(step);
  if (all) return { [step.output]: all };
  throw fail(
    'INVALID_INPUT',
    { problem: `${step.column}: the pictures differ in size, and the model takes one size at once` },
    { hint: 'Send one picture at a time, or pictures of the same size.' },
  );
};

/** The input for no rows at all. */
function none({ resize, crop, layout, color, dtype }: ImageStep): Tensor {
  const { width = 0, height = 0 } = crop ?? (resize?.shortest === undefined ? resize : undefined) ?? {};
  const channels = color === 'L' ? 1 : 3;
  const shape = { CHW: [channels, height, width], HWC: [height, width, channels], HW: [height, width] }[layout];
  return zeros(dtype, [0, ...shape]);
}
