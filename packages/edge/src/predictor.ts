import type { Compiled } from '@slipway/core/compiled';
import { SlipwayError } from '@slipway/core/errors';
import { compilePre, readPre, type StepRunners } from '@slipway/core/pre';
import {
  bindAnswers,
  compileRows,
  parseJson,
  type Answer,
  type RowOptions,
  type Signature,
} from '@slipway/core/signature';

/** A model in memory that answers rows, in any JavaScript: browsers, workers, lambdas. */
export interface Predictor {
  readonly signature: Signature;
  /** One row → one answer, an array of rows → an array of answers. Throws `SlipwayError` with every problem of the rows. */
  predict(rows: unknown, options?: RowOptions): Answer | Answer[];
  /** The same for the body of a request: `POST` with JSON in, JSON or problem+json out. */
  fetch(request: Request): Promise<Response>;
}

/** Rows in front of a compiled graph, and answers behind it. `pre` is pre.json, parsed; `runners` carry out its large steps. */
export function predictorOf(signature: Signature, program: Compiled, pre: unknown, runners?: StepRunners): Predictor {
  const steps = pre === undefined || pre === null ? [] : readPre(pre);
  const given = compilePre(steps, new Set(program.inputs.map(({ name }) => name)), runners);
  const rows = compileRows(signature);

  function predict(document: unknown, options?: RowOptions): Answer | Answer[] {
    const { single, count, tensors, warnings } = rows.decode(document, options);
    const answers = bindAnswers(signature, program.run(given(tensors), count));
    const all = Array.from({ length: count }, (_, i) => answers.value(i, warnings.get(i)));
    return single ? (all[0] as Answer) : all;
  }

  return {
    signature,
    predict,
    async fetch(request) {
      try {
        const extra = new URL(request.url).searchParams.get('extra') === 'ignore' ? 'ignore' : 'refuse';
        return Response.json(predict(parseJson(await request.text()), { extra }));
      } catch (error) {
        if (!(error instanceof SlipwayError)) throw error;
        return Response.json(error.toJSON(), {
          status: error.status,
          headers: { 'content-type': 'application/problem+json' },
        });
      }
    },
  };
}
