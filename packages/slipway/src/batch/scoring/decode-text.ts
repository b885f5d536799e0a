import { fail, SlipwayError } from '@slipway/core/errors';
import { CsvDecoder, JsonlDecoder, type Rejected, type RowBatch, type Rows } from '@slipway/core/signature';
import type { Piece } from '../sources/index.ts';
import type { Where } from '../where.ts';
import type { DecodedRows, Told } from './decoded.ts';
import { gather, gatherRows } from './gather.ts';

export interface TextOptions {
  readonly rows: Rows;
  readonly keep: readonly string[];
  readonly where: Where | undefined;
  readonly onError: 'stop' | 'reject';
  readonly told: Told;
}

/** Rows of lines of CSV or JSON. Kept columns come along as they stand in the file. */
export function* decodeText(
  piece: Extract<Piece, { kind: 'text' }>,
  { rows, keep, where, onError, told }: TextOptions,
): Generator<DecodedRows> {
  const { file, header, body, skippedLines } = piece;
  const constants = new Map(file.partitions);
  const asked = [...new Set([...keep, ...(where?.columns ?? [])])].filter((name) => !constants.has(name));
  const passes = (at: (i: number) => unknown): boolean =>
    where === undefined || where.test((name) => constants.get(name) ?? at(asked.indexOf(name)));

  const onBadRow = ({ line, error, kept }: Rejected) => {
    // A line that is broken as a whole has no values to judge by.
    const isBroken = error.errors?.some(({ path }) => /^rows\[\d+\]$/.test(path)) ?? true;
    if (!isBroken && !passes((i) => kept[i])) return told.filter(1);
    if (onError === 'stop') throw error;
    told.reject({ line }, error);
  };
  const decoder = new (file.format === 'csv' ? CsvDecoder : JsonlDecoder)(rows, {
    keep: asked,
    skippedLines,
    onBadRow: where === undefined && onError === 'stop' ? 'stop' : onBadRow,
  });

  function* pieces(): Generator<RowBatch> {
    if (header.length > 0) yield* decoder.push(header);
    yield* decoder.push(body);
    yield* decoder.end();
  }
  try {
    for (const batch of pieces()) {
      const { count, tensors, warnings } = batch;
      const chosen: number[] = [];
      if (where) for (let i = 0; i < count; i++) if (passes((k) => batch.kept[k]?.[i])) chosen.push(i);
      const isWhole = !where || chosen.length === count;
      if (!isWhole) told.filter(count - chosen.length);
      const n = isWhole ? count : chosen.length;
      const kept = keep.map((name): ArrayLike<unknown> => {
        const constant = constants.get(name);
        if (constant !== undefined) return Array.from({ length: n }, () => constant);
        const values = batch.kept[asked.indexOf(name)] ?? [];
        return isWhole ? values : gather(values, chosen);
      });
      if (n === 0) continue;
      if (isWhole) yield { count, tensors, warnings, kept };
      else {
        const left = chosen.flatMap((row, i) => (warnings.has(row) ? [[i, warnings.get(row) ?? []] as const] : []));
        yield { count: n, tensors: gatherRows(tensors, chosen), warnings: new Map(left), kept };
      }
    }
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    throw inFile(error, file.name);
  }
}

/** The same error, naming the file. */
export function inFile(error: SlipwayError, name: string): SlipwayError {
  const { code, message, hint, errors } = error;
  const options = { cause: error, ...(errors ? { errors } : {}) };
  if (code === 'INVALID_INPUT' || code === 'INVALID_JSON')
    return fail('INVALID_INPUT', { problem: `${name}, ${message}` }, { ...options, hint });
  if (code !== 'INVALID_CSV') return error;
  return new SlipwayError(code, `${name}, ${message.replace(/^Line/, 'line')}`, hint, options);
}
