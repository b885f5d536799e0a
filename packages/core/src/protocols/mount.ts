import type { Protocol, Route } from './protocol.ts';
import { shapeOf } from './router.ts';
import { sharedRoutes } from './shared-routes.ts';

/** A route with the wire that it belongs to. */
export interface MountedRoute extends Route {
  readonly protocol: Protocol;
}

/**
 * The routes of some wires on one port. A route that two wires claim must stand in {@link sharedRoutes}, which says who
 * answers; anything else is a bug. Wires in `winners` take every path that they claim: whoever starts the server asked for it.
 */
export function mountRoutes(protocols: readonly Protocol[], winners: readonly Protocol[] = []): MountedRoute[] {
  const mounted = new Map<string, MountedRoute>();
  for (const protocol of protocols) {
    for (const route of protocol.routes) {
      const key = `${route.method} ${shapeOf(route.path)}`;
      const other = mounted.get(key)?.protocol;
      if (other && answering(key, other, protocol) === other) continue;
      mounted.set(key, { ...route, protocol });
    }
  }
  for (const protocol of winners)
    for (const route of protocol.routes) mounted.set(`${route.method} ${shapeOf(route.path)}`, { ...route, protocol });
  return [...mounted.values()];
}

function answering(key: string, first: Protocol, second: Protocol): Protocol {
  const shared = sharedRoutes.find(({ method, path }) => `${method} ${shapeOf(path)}` === key);
  if (!shared?.wires.includes(first.id) || !shared.wires.includes(second.id))
    throw new Error(
      `two routes on ${key}: ${first.id} and ${second.id} claim it, and shared-routes.ts does not say who answers`,
    );
  const order = [shared.wires.indexOf(first.id), shared.wires.indexOf(second.id)] as const;
  return order[0] < order[1] ? first : second;
}
