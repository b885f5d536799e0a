import { fail } from '@slipway/core/errors';

/** Somebody took it out of service. */
export function unloadedModel(name: string) {
  return fail(
    'NOT_READY',
    { problem: `${name} was unloaded.` },
    { hint: `It comes back with POST /v2/repository/models/${name}/load, or when the server is started again.` },
  );
}

/** A request names no model, and there is not just one. */
export function severalModels(names: readonly string[]) {
  if (names.length === 0) return fail('NOT_READY', { problem: 'The server has no model yet.' });
  const shown = names.slice(0, 5).map((name) => `/predict/${name}`);
  return fail('INVALID_REQUEST', {
    problem: `This server has several models; name one in the path: ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}.`,
  });
}
