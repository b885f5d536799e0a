import type { Route } from './protocol.ts';

/** A route that several wires claim. */
export interface SharedRoute {
  readonly method: Route['method'];
  readonly path: string;
  /** The first of these that is mounted answers for all; in errors too. */
  readonly wires: readonly [string, string, ...string[]];
  /** How one answer serves all of them. */
  readonly how: string;
}

/** Every route that two wires claim. A test fails on an overlap that does not stand here. */
export const sharedRoutes: readonly SharedRoute[] = [
  {
    method: 'GET',
    path: '/v1/models/{model}',
    wires: ['tf-serving', 'kserve-v1'],
    how: 'one object with the fields of both',
  },
  {
    method: 'POST',
    path: '/v1/models/{model}:predict',
    wires: ['tf-serving', 'kserve-v1'],
    how: '`instances` in, `predictions` out in both; `inputs` and `signature_name` are TensorFlow Serving’s',
  },
  {
    method: 'GET',
    path: '/ping',
    wires: ['torchserve', 'mlflow', 'sagemaker', 'sagemaker-multi-model'],
    how: '`{"status": "Healthy"}` for TorchServe; the others look at the status only',
  },
  {
    method: 'POST',
    path: '/invocations',
    wires: ['mlflow', 'sagemaker'],
    how: 'one handler: MLflow’s forms, and SageMaker’s CSV without a header, `Accept` and target model',
  },
  {
    method: 'GET',
    path: '/',
    wires: ['operations', 'azureml'],
    how: '`Healthy`, or the first page where Accept prefers HTML',
  },
];
