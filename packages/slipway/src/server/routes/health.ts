import { json, type Route } from '@slipway/core/protocols';
import type { ModelPlane } from '../../engine/index.ts';

/** `GET /healthz`: the process lives. `GET /readyz`: every model that it was started with answers. */
export function healthRoutes(plane: ModelPlane, isDraining: () => boolean): Route[] {
  return [
    { method: 'GET', path: '/healthz', handle: () => json({ status: 'ok' }) },
    { method: 'GET', path: '/readyz', handle: () => readiness(plane, isDraining()) },
  ];
}

async function readiness(plane: ModelPlane, isDraining: boolean) {
  const models = plane.statuses();
  if (isDraining) return json({ status: 'draining', models }, 503);
  if (models.some(({ state }) => state !== 'ready')) return json({ status: 'not ready', models }, 503);
  const loaded = plane.loaded().map(({ label }) => ({ model: label, state: 'ready' }));
  // What is loaded keeps serving while the registry is away: ready, but not sure to be the newest.
  const status = (await plane.reachesSource()) ? 'ready' : 'stale';
  return json({ status, models: models.length > 0 && !plane.source ? models : loaded });
}
