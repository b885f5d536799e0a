import { fail } from '@slipway/core/errors';
import { nearest } from '@slipway/core/signature';
import type { DeliveryTarget } from './target.ts';

/** Every target. The key is its folder, its docs page and the word behind `--target`; each is loaded when it is used. */
export const targets: Readonly<Record<string, () => Promise<DeliveryTarget>>> = {
  'oci-image': async () => (await import('./oci-image/index.ts')).ociImage,
  sagemaker: async () => (await import('./sagemaker/index.ts')).sagemaker,
  'aws-lambda': async () => (await import('./aws-lambda/index.ts')).awsLambda,
  browser: async () => (await import('./browser/index.ts')).browser,
  client: async () => (await import('./client/index.ts')).client,
  'fetch-handler': async () => (await import('./fetch-handler/index.ts')).fetchHandler,
  kserve: async () => (await import('./kserve/index.ts')).kserve,
  kubernetes: async () => (await import('./kubernetes/index.ts')).kubernetes,
  onnx: async () => (await import('./onnx/index.ts')).onnx,
};

/** The target of that id; USAGE with the nearest one when there is none. */
export async function targetOf(id: string): Promise<DeliveryTarget> {
  const load = Object.hasOwn(targets, id) ? targets[id] : undefined;
  if (load) return await load();
  const near = nearest(id, Object.keys(targets));
  throw fail('USAGE', {
    problem: `There is no target ${JSON.stringify(id)}${near === undefined ? '' : ` (did you mean ${near}?)`}.`,
    advice: '`slipway build --help` lists them.',
  });
}
