import type { SlipwayError } from '../../errors/index.ts';
import { errorHeaders } from '../reply.ts';

/** Message and, where it helps to send the right thing, the hint: for wires whose errors are one text. */
export function sentenceOf(error: SlipwayError): string {
  const isTheirs = error.status === 400 || error.status === 415 || error.status === 413;
  // What to send instead of broken JSON is each wire's own.
  if (!isTheirs || error.hint === '' || error.code === 'INVALID_JSON') return error.message;
  return `${error.message}${/[.!?]$/.test(error.message) ? '' : '.'} ${error.hint}`;
}

/** `{"error": "…"}`, the form of Triton, MLServer, KServe and TensorFlow Serving. */
export function errorReply(error: SlipwayError, text = sentenceOf(error)) {
  const headers = ['content-type', 'application/json', ...errorHeaders(error)];
  return { status: error.status, headers, body: JSON.stringify({ error: text }) };
}
