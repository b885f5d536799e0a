import { fail, toPlain, type PlainError } from '@slipway/core/errors';
import type { Reply, Request } from './messages.ts';
import { plain } from './plain.ts';
import { Session } from './session.ts';

/** The worker's end: one file each; the page ends it when it takes too long or is cancelled. */
let session: Session | undefined;

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const { id } = data;
  const reply = (message: Reply, transfer: Transferable[] = []): void => postMessage(message, { transfer });
  void answer(data, (stage) => reply({ id, stage })).then(
    (result) => reply({ id, result }, isFile(result) ? [result.bytes.buffer] : []),
    (error: unknown) => reply({ id, error: problemOf(error) }),
  );
});

async function answer(request: Request, stage: (text: string) => void): Promise<unknown> {
  if (request.ask === 'open') {
    session = new Session(request.object, stage);
    return session.open(request.picked);
  }
  if (!session) throw fail('NOT_READY', { problem: 'No model is open.' });
  if (request.ask === 'check') return await session.check();
  return request.ask === 'predict' ? session.predict(request.row) : await session.make(request.product);
}

function isFile(result: unknown): result is { bytes: Uint8Array<ArrayBuffer> } {
  return typeof result === 'object' && result !== null && 'bytes' in result && result.bytes instanceof Uint8Array;
}

/** An array that the tab has no memory for is an ordinary exception. */
function problemOf(error: unknown): PlainError {
  if (error instanceof RangeError && /allocation failed|invalid (typed )?array|array buffer/i.test(error.message))
    return toPlain(fail('LIMIT_EXCEEDED', { format: 'import', what: 'the memory', limit: 'this browser tab' }));
  return plain(error);
}
