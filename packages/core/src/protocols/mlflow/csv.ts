import { CsvDecoder, type Decoded } from '../../signature/index.ts';
import { joinRows } from '../../tensor/index.ts';
import type { Call, Plane, Servable } from '../protocol.ts';

/** Of a file that is read in one go. */
const PIECE_BYTES = 1 << 20;
const DIGITS = /^[\s\d.,eE+-]*$/;

/**
 * Reads CSV: as pandas does, the first line names the columns (MLflow). A first line of nothing but numbers is a row,
 * as SageMaker sends it.
 */
export async function readCsv(call: Call, model: Servable, plane: Plane): Promise<Decoded> {
  const decoder = new CsvDecoder(model.rows, { onBadRow: 'collect' });
  const batches = [...decoder.push(headerFor(call.body, model))];
  for (let start = 0; start < call.body.length; start += PIECE_BYTES) {
    if (start > 0) await plane.turn();
    call.signal.throwIfAborted();
    batches.push(...decoder.push(call.body.subarray(start, start + PIECE_BYTES)));
  }
  batches.push(...decoder.end());
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  const warnings = new Map<number, readonly string[]>();
  return { single: false, count, tensors: joinRows(batches.map((batch) => batch.tensors)), warnings };
}

/** A header where the file has none. */
function headerFor(body: Uint8Array, { rows, signature }: Servable): Uint8Array {
  const end = body.indexOf(10);
  const line = new TextDecoder().decode(body.subarray(0, Math.min(end < 0 ? body.length : end, 1 << 20)));
  const isRow =
    DIGITS.test(line) && /\d/.test(line) && !rows.layout?.cells.some(({ name }) => line.split(',').includes(name));
  if (!isRow) return new Uint8Array();
  const names = signature.columns.map(({ name }) => `"${name.replaceAll('"', '""')}"`);
  const used = signature.columns
    .filter((column) => column.required)
    .map(({ name }) => `"${name.replaceAll('"', '""')}"`);
  const width = line.split(',').length;
  const header = width === used.length ? used : names;
  return new TextEncoder().encode(
    `${header.map((name) => (DIGITS.test(name.slice(1, -1)) ? `"c${name.slice(1)}` : name)).join(',')}\n`,
  );
}
