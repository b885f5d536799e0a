import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { fail } from '@slipway/core/errors';
import { ClientGone } from '../http-call.ts';
import { frame, type FrameReader } from './frames.ts';

const OK = 0;
const HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': 'identity, gzip',
};

/** The only message of a call. */
export function readOne(stream: ServerHttp2Stream, reader: FrameReader, signal: AbortSignal): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let only: Uint8Array | undefined;
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    stream.on('data', (chunk: Buffer) => {
      try {
        const [message, ...others] = reader.push(chunk);
        if ((message && only) || others.length > 0)
          throw fail('INVALID_REQUEST', { problem: 'The call has more than one message.' });
        only ??= message;
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.on('end', () => {
      signal.removeEventListener('abort', stop);
      if (only && reader.isDone) resolve(only);
      else reject(fail('INVALID_REQUEST', { problem: only ? 'The message is cut off.' : 'The call has no message.' }));
    });
  });
}

/** The messages of a call as they come. */
export async function* readAll(
  stream: ServerHttp2Stream,
  reader: FrameReader,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  // Stopping early must leave the stream open: the status is still to be sent.
  const chunks = stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    yield* reader.push(chunk);
  }
  signal.throwIfAborted();
  if (!reader.isDone) throw fail('INVALID_REQUEST', { problem: 'The last message is cut off.' });
}

/** Sends the only answer and ends the call well. */
export function sendOne(stream: ServerHttp2Stream, message: Uint8Array, metadata: OutgoingHttpHeaders): void {
  begin(stream, metadata);
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK }));
  stream.end(frame(message));
}

/** Sends answers as fast as the client reads, and ends the call well. */
export async function sendAll(
  stream: ServerHttp2Stream,
  messages: AsyncIterable<Uint8Array>,
  metadata: OutgoingHttpHeaders,
): Promise<void> {
  begin(stream, metadata);
  for await (const message of messages) {
    if (stream.destroyed) throw new ClientGone();
    if (!stream.write(frame(message))) await drained(stream);
  }
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': OK }));
  stream.end();
}

/** Ends the call with a status that is not OK. */
export function sendStatus(
  stream: ServerHttp2Stream,
  status: number,
  message: string,
  metadata: OutgoingHttpHeaders,
): void {
  if (stream.destroyed || stream.closed) return;
  // Percent-encoded where it is not printable ASCII, as gRPC wants it.
  const text = message.replaceAll(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
  const trailers = { 'grpc-status': status, 'grpc-message': text, ...metadata };
  // What the client still sends is of no use any more.
  const end = () => stream.readableEnded || stream.close(constants.NGHTTP2_NO_ERROR);
  if (stream.headersSent) {
    stream.once('wantTrailers', () => {
      stream.sendTrailers(trailers);
      setImmediate(end);
    });
    stream.end();
    stream.resume();
    return;
  }
  stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
  stream.resume();
  setImmediate(end);
}

function begin(stream: ServerHttp2Stream, metadata: OutgoingHttpHeaders): void {
  if (stream.destroyed) throw new ClientGone();
  stream.respond({ ...HEADERS, ...metadata }, { waitForTrailers: true });
}

function drained(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['drain', 'close', 'error']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'close', 'error']) stream.on(event, done);
  });
}
