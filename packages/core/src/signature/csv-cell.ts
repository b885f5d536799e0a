import type { Cell } from './cell.ts';

/** What pandas reads as missing in a column of numbers. */
const MISSING_NUMBERS = new Set([
  '',
  '#N/A',
  '#N/A N/A',
  '#NA',
  '-1.#IND',
  '-1.#QNAN',
  '-NaN',
  '-nan',
  '1.#IND',
  '1.#QNAN',
  '<NA>',
  'N/A',
  'NA',
  'NULL',
  'NaN',
  'None',
  'n/a',
  'nan',
  'null',
]);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const INFINITY = /^([+-]?)inf(inity)?$/i;

/** The text of a cell as the JSON value that it stands for; text that is not a number stays text and will be refused. */
export function csvValue(cell: Cell, text: string): number | string | boolean | null {
  if (cell.isString) return text === '' ? null : text;
  const trimmed = text.trim();
  if (MISSING_NUMBERS.has(trimmed)) return null;
  if (NUMBER.test(trimmed)) return Number(trimmed);
  if (trimmed === 'true' || trimmed === 'True' || trimmed === 'TRUE') return true;
  if (trimmed === 'false' || trimmed === 'False' || trimmed === 'FALSE') return false;
  const infinity = INFINITY.exec(trimmed);
  return infinity ? (infinity[1] === '-' ? -Infinity : Infinity) : text;
}
