import { compile } from '@slipway/core/compiled';
import { SlipwayError } from '@slipway/core/errors';
import { readOnnx } from '@slipway/core/onnx';
import { compilePre, readPre } from '@slipway/core/pre';
import {
  answerOutputs,
  bindAnswers,
  compileRows,
  parseJson,
  type Answer,
  type RowOptions,
  type Signature,
} from '@slipway/core/signature';

/** The parts of a package that answering needs. */
export interface PredictorFiles {
  /** `signature` of slipway.json. */
  readonly signature: Signature;
  /** model.onnx. */
  readonly graph: Uint8Array;
  /** pre.json, parsed, where the package has one. */
  readonly pre?: unknown;
}

/** A model in memory that answers rows, in any JavaScript: browsers, workers, lambdas. */
export interface Predictor {
  readonly signature: Signature;
  /** One row → one answer, an array of rows → an array of answers. Throws `SlipwayError` with every problem of the rows. */
  predict(rows: unknown, options?: RowOptions): Answer | Answer[];
  /** The same for the body of a request: `POST` with JSON in, JSON or problem+json out. */
  fetch(request: Request): Promise<Response>;
}

/**
 * Makes a predictor of the parts of a package, on the compiled runtime.
 *
 * Refuses a graph with an operator that it lacks (UNSUPPORTED_OPERATOR). Needs `new Function`.
 */
export function createPredictor({ signature, graph, pre }: PredictorFiles): Predictor {
  const model = readOnnx(graph);
  const wanted = new Set(answerOutputs(signature));
  const outputs = model.graph.outputs.filter(({ name }) => wanted.has(name));
  const program = compile({ ...model, graph: { ...model.graph, outputs } });
  const given = compilePre(pre === undefined ? [] : readPre(pre), new Set(program.inputs.map(({ name }) => name)));
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
