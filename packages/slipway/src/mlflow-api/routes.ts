import { fail } from '@slipway/core/errors';
import { json, type Call, type Protocol, type Reply, type Route } from '@slipway/core/protocols';
import { mlflowError } from './refuse.ts';

/** A route of MLflow's REST interface. */
export interface Endpoint<Name extends string = string> {
  readonly method: Route['method'];
  /** Below `/api` and `/ajax-api`, with the version: `/2.0/mlflow/runs/create`; or a whole path with `isWhole`. */
  readonly path: string;
  readonly isWhole?: boolean;
  /** The body is not read before: {@link Call.stream} gives it. */
  readonly streams?: boolean;
  readonly access: 'read' | 'write' | 'public';
  /** The handler asks itself whether the key may, since its rights may be bound to models. */
  readonly checksItself?: boolean;
  readonly handler: Name;
}

/** Handlers give a reply, or what is answered as JSON. */
export type Handler = (call: Call) => Promise<Reply | object> | Reply | object;
export type Handlers<Name extends string> = Readonly<Record<Name, Handler>>;

/** Names no model: only rights that are not bound to models cover it. */
const ANY = '*';

/**
 * The wire of a table of endpoints. What handles them is loaded with the first request: a start does not wait for it.
 */
export function mlflowWire<Name extends string>(
  id: string,
  title: string,
  endpoints: readonly Endpoint<Name>[],
  load: () => Promise<Handlers<Name>>,
): Protocol {
  let loaded: Handlers<Name> | undefined;
  let loading: Promise<Handlers<Name>> | undefined;
  const answer = async (name: Name, call: Call): Promise<Reply> => {
    // What failed once, such as a locked database, is tried again with the next request.
    if (!loaded) loaded = await (loading ??= load().finally(() => (loading = undefined)));
    return replyOf(await loaded[name](call));
  };
  const routes = endpoints.flatMap(({ method, path, isWhole, access, handler, checksItself, streams }): Route[] => {
    const handle = (call: Call): Promise<Reply> => {
      if (access !== 'public' && !checksItself && !call.may(access, ANY))
        throw fail('FORBIDDEN', { needed: access, held: 'it for some models only' });
      return answer(handler, call);
    };
    return (isWhole ? [path] : [`/api${path}`, `/ajax-api${path}`]).map((full) => ({
      method,
      path: full,
      access,
      ...(streams ? { streams } : {}),
      handle,
    }));
  });
  return { id, title, routes, prefixes: ['/api/2.0', '/api/3.0', '/ajax-api'], fail: mlflowError };
}

function replyOf(answer: Reply | object): Reply {
  return isReply(answer) ? answer : json(answer);
}

function isReply(answer: Reply | object): answer is Reply {
  return 'status' in answer && 'headers' in answer && 'body' in answer;
}
