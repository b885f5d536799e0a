import { fail } from '@slipway/core/errors';
import { answerDifference, type Tolerance } from './answer-difference.ts';
import type { Predictor } from './predictor.ts';

/** A row, and what every host must answer to it. */
export interface Vector {
  readonly row: unknown;
  readonly answer: unknown;
  readonly tolerance: Tolerance;
}

/** Asks a predictor for every row; PARITY_FAILED when one answer differs. Done before a host takes its first request. */
export function replay(predictor: Predictor, vectors: readonly Vector[]): void {
  for (const [i, { row, answer, tolerance }] of vectors.entries()) {
    const difference = answerDifference(answer, predictor.predict(row, { extra: 'ignore' }), tolerance);
    if (difference !== undefined)
      throw fail('PARITY_FAILED', { problem: `golden ${i + 1} on this host: ${difference}` });
  }
}
