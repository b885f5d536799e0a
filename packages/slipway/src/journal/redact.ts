import { createHmac } from 'node:crypto';
import { fail } from '@slipway/core/errors';

/** What happens to a column before its rows are kept. */
export type Redaction = 'hash' | 'drop';

/** Reads `email,name=drop`: by column; without a word a column is hashed. USAGE for another word. */
export function parseRedactions(text = ''): ReadonlyMap<string, Redaction> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return new Map(
    parts.map((part) => {
      const [, column = '', , word = 'hash'] = /^\s*(.*?)\s*(=\s*(\w*)\s*)?$/.exec(part) ?? [];
      if (word !== 'hash' && word !== 'drop')
        throw fail('USAGE', {
          problem: `--redact: expected COLUMN, COLUMN=hash or COLUMN=drop, received ${JSON.stringify(part.slice(0, 80))}.`,
          advice: 'For example --redact email,name=drop.',
        });
      return [column, word] as const;
    }),
  );
}

/**
 * Hides the cells of a row. A hash is keyed by the salt of the home folder: equal cells stay equal, and nobody finds a cell
 * by trying values without the salt. `undefined` for a cell that is dropped.
 */
export function redactor(
  redactions: ReadonlyMap<string, Redaction>,
  salt: Uint8Array,
): (column: string, cell: unknown) => unknown {
  return (column, cell) => {
    switch (redactions.get(column)) {
      case undefined:
        return cell;
      case 'drop':
        return undefined;
      case 'hash':
        return cell === null || cell === undefined
          ? cell
          : `hmac:${createHmac('sha256', salt).update(JSON.stringify(cell)).digest('hex').slice(0, 24)}`;
    }
  };
}
