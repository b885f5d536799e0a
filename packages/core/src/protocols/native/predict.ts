import { fail } from '../../errors/index.ts';
import {
  bindAnswers,
  CsvDecoder,
  JsonlDecoder,
  parseJson,
  type Decoded,
  type RowBatch,
} from '../../signature/index.ts';
import { parseMediaType, preferred } from '../media-type.ts';
import type { Call, Plane, Reply, Servable } from '../protocol.ts';
import { answerArrow, ARROW_TYPE } from './arrow.ts';
import { sliceRows } from '../../tensor/index.ts';
import { BLOCK_ROWS } from '../inference/run.ts';
import { pictureDocument } from './pictures.ts';
import { writeBatch, type AnsweredBlock, type BatchFormat } from './write-batch.ts';

const JSON_TYPE = 'application/json';
const ACCEPTED = `${JSON_TYPE}, text/csv, application/x-ndjson, ${ARROW_TYPE}`;
const PICTURES = `${JSON_TYPE}, image/png, image/jpeg, multipart/form-data`;
/** Of a file that is read in one go. */
const PIECE_BYTES = 1 << 20;
const FILE_OPTIONS = { onBadRow: 'collect', batchRows: BLOCK_ROWS } as const;

/** `POST /predict` and `POST /predict/{ref}`. */
export function predict(call: Call, plane: Plane): Reply | Promise<Reply> {
  const model = plane.find(call.params['ref']);
  return model instanceof Promise
    ? model.then((found) => answer(call, found, plane, false))
    : answer(call, model, plane, true);
}

/** `isQuick`: nothing was waited for, so that the host sees what runs meanwhile as this request's. */
function answer(call: Call, model: Servable, plane: Plane, isQuick: boolean): Reply | Promise<Reply> {
  const contentType = call.header('content-type');
  if (contentType === undefined || contentType === JSON_TYPE) return answerJson(call, model, isQuick);
  const { type, charset } = parseMediaType(contentType);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii')
    throw unsupported(contentType, model);
  switch (type) {
    case JSON_TYPE:
    case 'text/json':
      return answerJson(call, model, isQuick);
    case 'text/csv':
      return answerFile(call, model, plane, new CsvDecoder(model.rows, FILE_OPTIONS), 'json');
    case 'application/x-ndjson':
    case 'application/jsonl':
    case 'application/x-jsonlines':
      return answerFile(call, model, plane, new JsonlDecoder(model.rows, FILE_OPTIONS), 'ndjson');
    case ARROW_TYPE:
      return answerArrow(call, model);
    case 'image/png':
    case 'image/jpeg':
    case 'multipart/form-data': {
      const decoded = model.rows.decode(pictureDocument(call, model.signature, contentType));
      return answerDecoded(call, model, decoded);
    }
    default:
      throw unsupported(contentType, model);
  }
}

function answerJson(call: Call, model: Servable, isQuick: boolean): Reply | Promise<Reply> {
  const { rows } = model;
  const ignoreExtra = passesExtra(call);
  const extra = ignoreExtra ? 'ignore' : 'refuse';
  // Cells are read from the parsed document; tensors from the text, which keeps integers exact.
  const document = rows.layout && parseJson(call.text());
  if (isQuick && rows.layout && rows.isRow(document)) {
    const quick = model.answerRow(document, ignoreExtra);
    if (quick !== undefined) return reply(model, JSON_TYPE, quick);
  }
  const decoded = rows.layout ? rows.decode(document, { extra }) : rows.parse(call.text(), { extra });
  return answerDecoded(call, model, decoded);
}

function answerDecoded(call: Call, model: Servable, decoded: Decoded): Promise<Reply> {
  const format = decoded.single ? undefined : formatOf(call.header('accept'), 'json');
  return run(model, [decoded], call.signal).then((blocks) => {
    if (format !== undefined) return reply(model, CONTENT_TYPES[format], writeBatch(blocks, format));
    const [block] = blocks as [AnsweredBlock];
    return reply(model, JSON_TYPE, block.answers.json(0, block.warnings.get(0)));
  });
}

/** Files may carry extra columns; problems of all rows are told before anything runs. */
async function answerFile(
  call: Call,
  model: Servable,
  plane: Plane,
  decoder: CsvDecoder | JsonlDecoder,
  fallback: BatchFormat,
): Promise<Reply> {
  passesExtra(call);
  const release = model.hold?.();
  try {
    return await answerPieces(call, model, plane, decoder, fallback);
  } finally {
    release?.();
  }
}

async function answerPieces(
  call: Call,
  model: Servable,
  plane: Plane,
  decoder: CsvDecoder | JsonlDecoder,
  fallback: BatchFormat,
): Promise<Reply> {
  const batches: Block[] = [];
  for (let start = 0; start < call.body.length; start += PIECE_BYTES) {
    if (start > 0) await plane.turn();
    call.signal.throwIfAborted();
    batches.push(...decoder.push(call.body.subarray(start, start + PIECE_BYTES)));
  }
  batches.push(...decoder.end());
  const format = formatOf(call.header('accept'), fallback);
  const blocks = await run(model, batches, call.signal);
  const warnings = decoder.warnings.flatMap((warning) => ['x-slipway-warning', headerText(warning)]);
  return reply(model, CONTENT_TYPES[format], writeBatch(blocks, format), warnings);
}

type Block = Pick<RowBatch, 'count' | 'tensors' | 'warnings'>;

/** Everything is computed before the first byte goes out: an error still has its status. */
async function run(model: Servable, batches: readonly Block[], signal: AbortSignal): Promise<AnsweredBlock[]> {
  const blocks: AnsweredBlock[] = [];
  // Only rows of cells are known to be independent of each other; a graph of tensors runs in one piece. Answers of a graph
  // that takes one row at a time may differ in shape, so each stands by itself.
  const size = model.signature.oneByOne ? 1 : model.rows.layout ? BLOCK_ROWS : Infinity;
  for (const { count, tensors, warnings } of batches) {
    let start = 0;
    do {
      const end = Math.min(count, start + size);
      const inputs = start === 0 && end === count ? tensors : sliceRows(tensors, start, end);
      const outputs = await model.infer(inputs, end - start, signal);
      blocks.push({ answers: bindAnswers(model.signature, outputs), count: end - start, first: start, warnings });
      start = end;
    } while (start < count);
  }
  return blocks;
}

const CONTENT_TYPES = { json: JSON_TYPE, csv: 'text/csv; charset=utf-8', ndjson: 'application/x-ndjson' } as const;

function formatOf(accept: string | undefined, fallback: BatchFormat): BatchFormat {
  const types = { json: JSON_TYPE, csv: 'text/csv', ndjson: 'application/x-ndjson' } as const;
  const order = [fallback, ...(['json', 'csv', 'ndjson'] as const).filter((format) => format !== fallback)] as const;
  const chosen = preferred(accept, order.map((format) => types[format]) as [string, ...string[]]);
  return order.find((format) => types[format] === chosen) ?? fallback;
}

function passesExtra(call: Call): boolean {
  const extra = call.query('extra');
  if (extra === undefined || extra === 'refuse') return false;
  if (extra === 'ignore') return true;
  throw fail('INVALID_REQUEST', { problem: `extra=${extra} is not known; it is "ignore" or "refuse".` });
}

function reply(model: Servable, type: string, body: Reply['body'], more: readonly string[] = []): Reply {
  return {
    status: 200,
    headers: ['content-type', type, 'x-slipway-model', model.label, 'x-slipway-digest', model.digest, ...more],
    body,
    model: model.label,
  };
}

function unsupported(received: string, { signature }: Servable) {
  const expected = signature.tensors?.some(({ image }) => image) ? PICTURES : ACCEPTED;
  return fail('UNSUPPORTED_MEDIA_TYPE', { received, expected });
}

/** Header values are ASCII. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
