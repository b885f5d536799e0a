import type { IncomingMessage } from 'node:http';
import { brotliDecompress, gunzip, inflate, zstdDecompress, type InputType } from 'node:zlib';
import { fail } from '@slipway/core/errors';
import type { HttpCall } from './http-call.ts';

type Done = (error: Error | undefined) => void;
type Decompress = (
  input: InputType,
  options: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void;

const decompressors: Readonly<Record<string, Decompress>> = {
  gzip: gunzip,
  'x-gzip': gunzip,
  deflate: inflate,
  br: brotliDecompress,
  zstd: zstdDecompress,
};

/**
 * Reads the body of a request into the call; calls back once, with TOO_LARGE as soon as the limit is passed.
 * Callbacks instead of promises: this is on the hot path.
 */
export function readBody(request: IncomingMessage, call: HttpCall, maxBytes: number, done: Done): void {
  const declared = call.header('content-length');
  if (declared !== undefined && Number(declared) > maxBytes) return done(tooLarge(maxBytes));
  const chunks: Buffer[] = [];
  let isOver = false;
  const finish: Done = (error) => {
    if (isOver) return;
    isOver = true;
    done(error);
  };
  request.on('data', (chunk: Buffer) => {
    if (isOver) return;
    call.received += chunk.length;
    if (call.received > maxBytes) finish(tooLarge(maxBytes));
    else chunks.push(chunk);
  });
  request.on('end', () => {
    if (isOver) return;
    call.body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, call.received);
    const encoding = call.header('content-encoding');
    if (encoding === undefined || encoding === 'identity') finish(undefined);
    else decompress(call, encoding.trim().toLowerCase(), maxBytes, finish);
  });
  // An aborted upload: nobody is there to be answered.
  request.on('error', (error) => finish(error));
}

function decompress(call: HttpCall, encoding: string, maxBytes: number, done: Done): void {
  const run = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (!run) {
    return done(
      fail('UNSUPPORTED_MEDIA_TYPE', {
        received: `with content encoding ${encoding}`,
        expected: 'content encodings gzip, deflate, br, zstd, or none',
      }),
    );
  }
  run(call.body, { maxOutputLength: maxBytes }, (error, result) => {
    if (!error) call.body = result;
    else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return done(tooLarge(maxBytes));
    else return done(fail('INVALID_REQUEST', { problem: `The body is not valid ${encoding}.` }, { cause: error }));
    done(undefined);
  });
}

function tooLarge(maxBytes: number) {
  return fail('TOO_LARGE', { what: 'The body', limit: readable(maxBytes) });
}

/** `64 MiB`, `1500 bytes`. */
function readable(bytes: number): string {
  const mebibytes = bytes / 1024 ** 2;
  return mebibytes >= 1 && Number.isInteger(mebibytes) ? `${mebibytes} MiB` : `${bytes} bytes`;
}
