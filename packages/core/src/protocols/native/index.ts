import type { Protocol } from '../protocol.ts';
import { problem } from '../reply.ts';
import { predict } from './predict.ts';

/** Our own wire: rows in, answers out. */
export const native: Protocol = {
  id: 'native',
  title: 'Slipway',
  routes: [
    { method: 'POST', path: '/predict', handle: predict },
    { method: 'POST', path: '/predict/{ref}', handle: predict },
  ],
  fail: (error, call) => problem(error, call.requestId),
};
