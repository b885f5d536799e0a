import type { Code, Constant } from '../code.ts';
import { literal } from '../literal.ts';
import type { MaskTable } from './mask-table.ts';

/** Writes the sums of one row of features `x(column)` into `target(column)`. */
export function writeMaskRow(
  code: Code,
  table: MaskTable,
  round: (sum: string) => string,
  x: (column: number) => string,
  target: (column: number) => string,
): void {
  const { bits, width, words, groups } = table;
  const arrays = maskArrays(code, table);
  const rows = table.columns.map((column) => writeInterval(code, column, x(column.column), words));
  const join = (word: string) => rows.map((row) => `${arrays.masks}[${row} + ${word}]`).join(' & ') || '-1';
  const perWord = Math.max(1, 32 / bits);
  const wordsPerTree = Math.max(1, bits / 32);
  for (const { base, firstSlot, slots } of groups) {
    const columns = Array.from({ length: width }, (_, k) => base + k);
    const sums = columns.map(() => code.variable('0'));
    const leaf = code.variable(String(firstSlot * bits * width));
    const word = code.program.name('w');
    const [from, to] = [(firstSlot * bits) / 32, ((firstSlot + slots) * bits) / 32];
    const step = wordsPerTree === 1 ? `${word}++` : `${word} += ${wordsPerTree}`;
    code.open(`for (let ${word} = ${from}; ${word} < ${to}; ${step})`);
    const add = (lowest: string) => {
      const at = width === 1 ? `${leaf} + ${lowest}` : code.bind(`${leaf} + ${lowest} * ${width}`);
      sums.forEach((sum, k) =>
        code.line(`${sum} = ${round(`${sum} + ${arrays.leaves}[${at}${k === 0 ? '' : ` + ${k}`}]`)};`),
      );
      code.line(`${leaf} += ${bits * width};`);
    };
    const mask = code.bind(join(word));
    if (bits === 64) {
      const high = code.bind(`${mask} === 0 ? ${join(`${word} + 1`)} : 0`);
      add(`(${mask} !== 0 ? ${lowestBit(mask)} : 32 + ${lowestBit(high)})`);
    } else {
      for (let i = 0; i < perWord; i++) {
        const own = bits === 32 ? mask : code.bind(`(${mask} >>> ${i * bits}) & ${2 ** bits - 1}`);
        add(lowestBit(own));
      }
    }
    code.close();
    columns.forEach((column, k) => code.line(`${target(column)} = ${sums[k]};`));
  }
}

function maskArrays(code: Code, { masks, leaves }: MaskTable) {
  return {
    masks: code.program.constant(masks, (): Constant => ({ kind: 'int32', data: masks })),
    leaves: code.program.constant(leaves, (): Constant => ({ kind: 'float64', data: leaves })),
  };
}

/** Writes a binary search for the interval of x and returns the first word of its row. */
function writeInterval(
  code: Code,
  { thresholds, row }: MaskTable['columns'][number],
  element: string,
  words: number,
): string {
  const x = code.bind(element);
  const count = thresholds.length;
  const missing = `${x} !== ${x} ? ${(row + count + 1) * words} : `;
  if (count <= 1) {
    const found =
      count === 0
        ? String(row * words)
        : `${x} > ${literal(thresholds[0] as number)} ? ${(row + 1) * words} : ${row * words}`;
    return code.bind(`${missing}${found}`);
  }
  const array = code.program.constant(thresholds, (): Constant => ({ kind: 'float64', data: thresholds }));
  // Steps of falling powers of two; the first leaves as many places on either side, so none lies beyond the last.
  let step = 2 ** Math.floor(Math.log2(count));
  const interval = code.variable(`${array}[${step - 1}] < ${x} ? ${count - step + 1} : 0`);
  for (step /= 2; step >= 1; step /= 2)
    code.line(`${interval} += ${array}[${interval} + ${step - 1}] < ${x} ? ${step} : 0;`);
  return code.bind(`${missing}(${row} + ${interval}) * ${words}`);
}

/** The place of the lowest bit of a mask that is not 0. */
function lowestBit(mask: string): string {
  return `(31 - Math.clz32(${mask} & -${mask}))`;
}
