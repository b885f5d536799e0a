import { SlipwayError } from '@slipway/core/errors';
import { hostOf, type Hosted } from '../host.ts';
import type { Predictor } from '../predictor.ts';
import { readEvent } from './event.ts';

/**
 * The handler of a function on AWS Lambda. Requests of function URLs, API Gateway and load balancers are answered as {@link hostOf} answers
 * them; any other event is rows, and the answers are what the invocation returns. A direct invocation with wrong rows fails with the
 * code as its error type.
 */
export function lambdaOf(predictor: Predictor, about: Hosted): (event: unknown) => Promise<unknown> {
  const host = hostOf(predictor, about);
  return async (event) => {
    const http = readEvent(event);
    if (http) return await http.answer(await host(http.request));
    try {
      return predictor.predict(event);
    } catch (error) {
      // The runtime reports name and message only.
      if (error instanceof SlipwayError) error.name = error.code;
      throw error;
    }
  };
}
