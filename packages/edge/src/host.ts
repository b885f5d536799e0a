import { fail, SlipwayError } from '@slipway/core/errors';
import { parseJson, rowSchema } from '@slipway/core/signature';
import type { Predictor } from './predictor.ts';

/** What a host says of the model that it serves. */
export interface Hosted {
  /** `churn:3`. */
  readonly model: string;
  /** Of the package. */
  readonly digest: string;
  /** Is told of bugs, which clients are not. */
  readonly report?: ((error: unknown) => void) | undefined;
}

type Answer = (request: Request) => Response | Promise<Response>;
type Routes = Readonly<Record<string, Readonly<Partial<Record<'GET' | 'POST', Answer>>>>>;

/** Characters of one request body. */
const mostText = 6 * 2 ** 20;

/**
 * The whole server of one model as a function from request to response, for hosts that call one: workers, lambdas, Deno, Bun.
 *
 * `POST /predict` (and `/`): rows in, answers out. `GET /`, `/healthz`, `/readyz`: which model answers. `GET /signature`: the JSON
 * Schema of a row. Whatever is wrong is problem+json with the codes of the server.
 */
export function hostOf(
  predictor: Predictor,
  { model, digest, report }: Hosted,
): (request: Request) => Promise<Response> {
  const status: Answer = () => Response.json({ status: 'ready', model, digest });
  const predict: Answer = (request) => predicted(predictor, request);
  const routes: Routes = {
    '/': { GET: status, POST: predict },
    '/predict': { POST: predict },
    '/healthz': { GET: status },
    '/readyz': { GET: status },
    '/signature': { GET: () => Response.json(rowSchema(predictor.signature)) },
  };
  return async (request) => {
    const id = requestId(request.headers.get('x-request-id'));
    const response = await routed(request, routes).catch((error: unknown) => {
      if (!(error instanceof SlipwayError)) report?.(error);
      return problem(error, id);
    });
    response.headers.set('x-slipway-model', model);
    response.headers.set('x-slipway-digest', digest);
    response.headers.set('x-request-id', id);
    return response;
  };
}

async function routed(request: Request, routes: Routes): Promise<Response> {
  const path = new URL(request.url).pathname.replace(/(?<=.)\/+$/, '');
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route) {
    const hint = `It has: ${Object.keys(routes).join(', ')}.`;
    throw fail('ROUTE_NOT_FOUND', { method: request.method, path }, { hint });
  }
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const answer = method === 'GET' || method === 'POST' ? route[method] : undefined;
  if (!answer) throw fail('METHOD_NOT_ALLOWED', { path, method: request.method, allow: Object.keys(route).join(', ') });
  return await answer(request);
}

async function predicted(predictor: Predictor, request: Request): Promise<Response> {
  const type = request.headers.get('content-type') ?? '';
  // Text and bytes are what clients send that set nothing.
  if (type !== '' && !/^(?:application\/(?:[\w.-]+\+)?json|text\/plain|application\/octet-stream)\b/i.test(type)) {
    throw fail('UNSUPPORTED_MEDIA_TYPE', { received: JSON.stringify(type), expected: 'application/json' });
  }
  const text = await request.text();
  if (text.length > mostText) throw fail('TOO_LARGE', { what: 'The request body', limit: '6 MiB' });
  const extra = new URL(request.url).searchParams.get('extra') === 'ignore' ? 'ignore' : 'refuse';
  return Response.json(predictor.predict(parseJson(text), { extra }));
}

function problem(error: unknown, id: string): Response {
  const told = error instanceof SlipwayError ? error : fail('INTERNAL', {}, { cause: error });
  const headers = { 'content-type': 'application/problem+json' };
  return Response.json({ ...told.toJSON(), request_id: id }, { status: told.status, headers });
}

/** Keeps the id that came with a request when it is harmless in headers and logs. */
function requestId(given: string | null): string {
  return given !== null && /^[A-Za-z0-9._:/+=@-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}
