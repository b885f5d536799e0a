import { json, type Call, type Route } from '@slipway/core/protocols';
import type { ModelPlane } from '../../engine/index.ts';

/** `GET /healthz`: the process lives. `GET /readyz`: every model that it was started with answers. */
export function healthRoutes(plane: ModelPlane, isDraining: () => boolean): Route[] {
  return [
    { method: 'GET', path: '/healthz', access: 'public', handle: () => json({ status: 'ok' }) },
    { method: 'GET', path: '/readyz', access: 'public', handle: (call) => readiness(plane, isDraining(), call) },
  ];
}

async function readiness(plane: ModelPlane, isDraining: boolean, call: Call) {
  const started = plane.statuses();
  const mayRead = call.may('read');
  // Probes need no key; names are for those who may see them.
  const shown = (list: readonly ModelState[]) =>
    mayRead ? { models: list.filter(({ model }) => call.may('read', nameOf(model))) } : {};
  const loaded = plane.loaded().map((model) => ({
    model: model.label,
    state: 'ready',
    ...(plane.isPinned(model) ? { pinned: true } : {}),
  }));
  const models = started.length > 0 && !plane.source ? started : [...loaded, ...plane.problems()];
  const waited = started.filter(({ state }) => state !== 'ready');
  if (isDraining) return json({ status: 'draining', reasons: ['The server is stopping.'], ...shown(started) }, 503);
  if (waited.length > 0) {
    const reasons = waited
      .filter(({ model }) => mayRead && call.may('read', nameOf(model)))
      .map(({ model, state, problem }) =>
        state === 'failed' ? `${model} could not be loaded: ${problem}` : `${model} is still loading.`,
      );
    return json({ status: 'not ready', reasons, ...shown(started) }, 503);
  }
  // What is loaded keeps serving while the registry is away: ready, but not sure to be the newest.
  if (await plane.reachesSource()) return json({ status: 'ready', ...shown(models) });
  const reasons = ['The registry does not answer; loaded versions keep serving and may not be the newest.'];
  return json({ status: 'stale', reasons, ...shown(models) });
}

/** A model as `/readyz` shows it. */
interface ModelState {
  /** `churn:3` */
  readonly model: string;
  readonly state: string;
}

function nameOf(label: string): string {
  return label.split(':', 1)[0] as string;
}
