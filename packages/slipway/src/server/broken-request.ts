import type { Socket } from 'node:net';
import type { ServerResponse } from 'node:http';
import { fail, type SlipwayError } from '@slipway/core/errors';
import { problem } from '@slipway/core/protocols';
import { nextRequestId } from './request-id.ts';
import { STATUS_CODES } from './node-http.ts';

/** Answers what is not HTTP, too slow or too large in its headers, and closes the connection. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Socket, maxHeaderBytes: number): void {
  // Nobody is there to be told, or an answer is half written. Node itself looks at this field for the same question.
  const current = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  if (error.code === 'ECONNRESET' || isOfTls(error) || !socket.writable || current?.headersSent) {
    socket.destroy();
    return;
  }
  const requestId = nextRequestId(undefined);
  const { status, body } = problem(errorOf(error, maxHeaderBytes), requestId);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body as string)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body as string}`);
}

/** The handshake failed: there is no connection to answer on. */
function isOfTls({ code }: NodeJS.ErrnoException): boolean {
  return code !== undefined && /^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code);
}

function errorOf(error: NodeJS.ErrnoException, maxHeaderBytes: number): SlipwayError {
  switch (error.code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return fail('REQUEST_TIMEOUT', {});
    case 'HPE_HEADER_OVERFLOW':
      return fail('HEADERS_TOO_LARGE', { limit: `${maxHeaderBytes / 1024} KiB` });
    default:
      return fail('INVALID_REQUEST', { problem: 'The request is not valid HTTP.' }, { cause: error });
  }
}
