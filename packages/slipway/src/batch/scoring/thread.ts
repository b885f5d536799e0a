/** Runs in a thread: answers the pieces that come, one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { SlipwayError, toPlain } from '@slipway/core/errors';
import { Scorer } from './scorer.ts';
import type { ScoringSpec, ThreadReply, ThreadRequest } from './spec.ts';

const port = parentPort;

function tell(id: number | undefined, error: unknown): void {
  const reply: ThreadReply =
    error instanceof SlipwayError
      ? { kind: 'error', id, error: toPlain(error) }
      : { kind: 'bug', id, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  port?.postMessage(reply);
}

async function answer(scorer: Scorer, { id, piece }: ThreadRequest): Promise<void> {
  try {
    const scored = await scorer.score(piece);
    const { buffer } = scored.bytes;
    const isOwn =
      buffer instanceof ArrayBuffer && buffer.byteLength === scored.bytes.byteLength && buffer.byteLength > 0;
    const reply: ThreadReply = { kind: 'scored', id, scored };
    port?.postMessage(reply, isOwn ? [buffer] : []);
  } catch (error) {
    tell(id, error);
  }
}

try {
  const scorer = await Scorer.open(workerData as ScoringSpec);
  let before = Promise.resolve();
  port?.on('message', (request: ThreadRequest) => {
    before = before.then(() => answer(scorer, request));
  });
  const ready: ThreadReply = { kind: 'ready' };
  port?.postMessage(ready);
} catch (error) {
  tell(undefined, error);
  port?.close();
}
