import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fail } from '@slipway/core/errors';
import { EndpointPlane, ModelPlane, type ModelSource } from './index.ts';

/** A registry without models that takes its time over its endpoints. */
const source: ModelSource = {
  resolve: (ref) => Promise.reject(fail('MODEL_NOT_FOUND', { ref })),
  load: () => Promise.reject(new Error('nothing to load')),
  models: () => Promise.resolve([]),
  versions: () => Promise.resolve([]),
  watch: () => () => {},
  endpoints: async () => {
    await wait(50);
    return [];
  },
};

test('a model that is not there ends only its request, also while endpoints are being read', async () => {
  const lost: unknown[] = [];
  const note = (error: unknown) => void lost.push(error);
  process.on('unhandledRejection', note);
  const plane = new EndpointPlane(new ModelPlane({ source }));
  await expect(plane.find('nothing')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
  await wait(20);
  process.off('unhandledRejection', note);
  plane.close();
  expect(lost).toEqual([]);
});
