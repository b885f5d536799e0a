import { fail, SlipwayError } from '@slipway/core/errors';
import type { Call, Plane, Route, Servable } from '@slipway/core/protocols';
import { Principal, type Credentials, type Keyring } from '../access/index.ts';
import type { Cors } from './cors.ts';
import { refuseForeign } from './origin-guard.ts';

/**
 * Decides whether a request is taken at all, before its body is read, and gives the models as its caller may see them.
 * The route is undefined for paths that nothing answers: who has no key does not learn which those are.
 */
export type Gate = (call: GatedCall, route: Pick<Route, 'access'> | undefined, plane: Plane) => Plane | Promise<Plane>;

/** A request on any host; the gate notes who it is. */
export interface GatedCall extends Pick<Call, 'header' | 'params'> {
  principal: Principal | undefined;
}

/** The platform in front authenticates; this server trusts whoever reaches it. */
export const platformGate: Gate = (_call, _route, plane) => plane;

/** Open to programs on this machine while no key is defined, else closed to everybody without one. */
export function localGate(keyring: Keyring | undefined, cors: Cors | undefined): Gate {
  const closed = keyring && keyGate(keyring);
  return (call, route, plane) => {
    if (closed && keyring.isClosed) return closed(call, route, plane);
    refuseForeign(call, cors);
    return plane;
  };
}

/** Every request needs a key or a token, but for routes that say otherwise. */
export function keyGate(credentials: Credentials): Gate {
  const planes = new WeakMap<Principal, Plane>();
  const admit = (
    call: GatedCall,
    route: Pick<Route, 'access'> | undefined,
    plane: Plane,
    principal: Principal,
  ): Plane => {
    call.principal = principal;
    if (route?.access === 'public') return plane;
    const scope = route?.access ?? 'predict';
    // A path that nothing answers needs any valid key.
    const { name, model, ref } = call.params;
    const named = name ?? model ?? ref;
    if (route) principal.require(scope, named === undefined ? undefined : nameOf(named));
    let narrowed = planes.get(principal);
    if (!narrowed) planes.set(principal, (narrowed = narrowedPlane(plane, principal)));
    return narrowed;
  };
  return (call, route, plane) => {
    const found =
      route?.access === 'public' ? principalOrNobody(credentials, call) : credentials.authenticate(keyOf(call));
    return found instanceof Promise
      ? found.then((principal) => admit(call, route, plane, principal))
      : admit(call, route, plane, found);
  };
}

const nobody = new Principal('nobody', []);

/** Public routes answer everybody; some show more to whoever may see it. */
function principalOrNobody(credentials: Credentials, call: GatedCall): Principal | Promise<Principal> {
  if (call.header('authorization') === undefined && call.header('x-api-key') === undefined) return nobody;
  const onError = (error: unknown): Principal => {
    if (error instanceof SlipwayError) return nobody;
    throw error;
  };
  try {
    const found = credentials.identify(keyOf(call));
    return found instanceof Promise ? found.catch(onError) : found;
  } catch (error) {
    return onError(error);
  }
}

/** The models that a key may ask. What it may not is FORBIDDEN whether or not it exists. */
function narrowedPlane(plane: Plane, principal: Principal): Plane {
  const checked = (model: Servable): Servable => {
    principal.require('predict', nameOf(model.label));
    return model;
  };
  return {
    find(ref) {
      if (ref !== undefined) {
        principal.require('predict', nameOf(ref));
        return plane.find(ref);
      }
      const found = plane.find(undefined);
      return found instanceof Promise ? found.then(checked) : checked(found);
    },
    turn: () => plane.turn(),
    list: async (wanted) => (await plane.list(wanted)).filter(({ name }) => principal.may('predict', name)),
    isReady: () => plane.isReady(),
    isDraining: () => plane.isDraining?.() === true,
    async load(ref, place) {
      principal.require('deploy', nameOf(ref));
      return await plane.load(ref, place);
    },
    async unload(ref) {
      principal.require('deploy', nameOf(ref));
      await plane.unload(ref);
    },
    forCall(call) {
      const own = plane.forCall?.(call);
      return own && narrowedPlane(own, principal);
    },
  };
}

/** `churn` of `churn:3`, `churn@champion`. */
function nameOf(ref: string): string {
  return /^[^:@]*/.exec(ref)?.[0] ?? ref;
}

/** The key of a request: `Authorization: Bearer`, `X-API-Key`, or the password of basic authentication. */
function keyOf(call: Pick<Call, 'header'>): string {
  const own = call.header('x-api-key');
  if (own !== undefined) return own;
  const authorization = call.header('authorization');
  if (authorization === undefined) throw fail('UNAUTHENTICATED', { problem: 'The request has no key.' });
  const [, scheme = '', value = ''] = /^(\S+) +(\S+) *$/.exec(authorization) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      return value;
    case 'basic':
      return passwordOf(value, call);
    default:
      throw fail('UNAUTHENTICATED', { problem: 'The Authorization header is neither Bearer nor Basic.' });
  }
}

/** Browsers send basic credentials by themselves, also for pages of other sites: those are refused. */
function passwordOf(encoded: string, call: Pick<Call, 'header'>): string {
  const origin = call.header('origin');
  if (origin !== undefined && origin.replace(/^https?:\/\//, '') !== call.header('host'))
    throw fail('UNAUTHENTICATED', { problem: 'Basic authentication is not taken from pages of another origin.' });
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  return text.slice(text.indexOf(':') + 1);
}
