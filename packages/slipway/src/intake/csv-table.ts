import { fail } from '@slipway/core/errors';

/** A small CSV file (RFC 4180) as text cells: the first line names the columns. For samples; data goes through the decoder. */
export function parseCsv(text: string): {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const lines: string[][] = [];
  let cells: string[] = [];
  const body = text.replace(/^\uFEFF/, '');
  const token = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/gy;
  while (token.lastIndex < body.length) {
    const match = token.exec(body);
    if (!match) throw fail('INVALID_CSV', { line: lines.length + 1, problem: 'the quotes are not in order.' });
    const [whole, quoted, plain = '', end] = match;
    cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',' && token.lastIndex === body.length) cells.push('');
    if (end !== ',' || token.lastIndex === body.length) {
      if (cells.length > 1 || cells[0] !== '') lines.push(cells);
      cells = [];
    }
    if (whole === '') break;
  }
  const [header, ...rows] = lines;
  if (!header) throw fail('INVALID_CSV', { line: 1, problem: 'the file is empty.' });
  rows.forEach((row, i) => {
    if (row.length !== header.length) {
      throw fail('INVALID_CSV', {
        line: i + 2,
        problem: `expected ${header.length} cells as in the first line, found ${row.length}.`,
      });
    }
  });
  return { header, rows };
}
