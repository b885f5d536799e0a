import { beyond, countOf, fieldsOf, most } from './fields.ts';
import { sideOf } from './truncation.ts';

/** How the rows of a batch get one length. */
export interface Padding {
  /** undefined: to the longest row. */
  readonly length: number | undefined;
  readonly multiple: number;
  readonly side: 'left' | 'right';
  readonly id: number;
  readonly type: number;
}

/** `padding`; rows of a batch always get one length, by id 0 where the file says nothing. */
export function readPadding(value: unknown): Padding {
  if (value === null || value === undefined) return { length: undefined, multiple: 1, side: 'right', id: 0, type: 0 };
  const fields = fieldsOf(value, 'padding');
  const strategy = fields['strategy'];
  const isFixed = typeof strategy === 'object' && strategy !== null;
  const length = isFixed ? countOf(fieldsOf(strategy, 'padding')['Fixed'], 'the length of padding') : undefined;
  const multiple = fields['pad_to_multiple_of'];
  const read = {
    length,
    multiple: multiple === null || multiple === undefined ? 1 : Math.max(1, countOf(multiple, 'pad_to_multiple_of')),
    side: sideOf(fields['direction'], 'the direction of padding'),
    id: countOf(fields['pad_id'] ?? 0, 'pad_id'),
    type: countOf(fields['pad_type_id'] ?? 0, 'pad_type_id'),
  };
  if (Math.max(read.length ?? 0, read.multiple) > most.row) throw beyond('the length of padding', most.row);
  return read;
}

/** The length of every row of a batch whose longest has `longest` tokens. */
export function paddedLength(longest: number, { length, multiple }: Padding): number {
  const wanted = Math.max(longest, length ?? 0);
  return Math.ceil(wanted / multiple) * multiple;
}
