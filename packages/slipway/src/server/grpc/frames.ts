import { gunzipSync } from 'node:zlib';
import { fail } from '@slipway/core/errors';

const PREFIX_BYTES = 5;

/**
 * Cuts a stream of bytes into messages: a flag (compressed or not), the length in four bytes, the message.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #encoding: string;
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** `encoding` is what `grpc-encoding` says. */
  constructor(maxBytes: number, encoding = 'identity') {
    this.#maxBytes = maxBytes;
    this.#encoding = encoding;
  }

  /** The messages that are complete. TOO_LARGE as soon as a length says so. */
  push(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const messages: Uint8Array[] = [];
    while (this.#length >= PREFIX_BYTES) {
      const bytes = this.#joined();
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
      if (length > this.#maxBytes) throw tooLarge(this.#maxBytes);
      const end = PREFIX_BYTES + length;
      if (bytes.length < end) break;
      messages.push(this.#decoded(bytes[0] as number, bytes.subarray(PREFIX_BYTES, end)));
      this.#chunks = end < bytes.length ? [bytes.subarray(end)] : [];
      this.#length = bytes.length - end;
    }
    return messages;
  }

  /** True when nothing is left over. */
  get isDone(): boolean {
    return this.#length === 0;
  }

  #joined(): Uint8Array {
    const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Uint8Array) : Buffer.concat(this.#chunks);
    this.#chunks = [bytes];
    return bytes;
  }

  #decoded(flag: number, bytes: Uint8Array): Uint8Array {
    if (flag === 0) return bytes;
    if (flag !== 1 || this.#encoding === 'identity')
      throw fail('INVALID_REQUEST', {
        problem: `A message has the compression flag ${flag} with the encoding ${this.#encoding}.`,
      });
    try {
      return gunzipSync(bytes, { maxOutputLength: this.#maxBytes });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(this.#maxBytes);
      throw fail('INVALID_REQUEST', { problem: 'A message is not valid gzip.' }, { cause });
    }
  }
}

/** A message as it is sent. */
export function frame(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  bytes[0] = 0;
  bytes.writeUInt32BE(message.length, 1);
  bytes.set(message, PREFIX_BYTES);
  return bytes;
}

function tooLarge(bytes: number) {
  return fail('TOO_LARGE', { what: 'The message', limit: `${Math.floor(bytes / 1024 ** 2)} MiB` });
}
