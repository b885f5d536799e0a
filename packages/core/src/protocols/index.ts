import { azureml } from './azureml/index.ts';
import { kserveV1 } from './kserve-v1/index.ts';
import { mlflow } from './mlflow/index.ts';
import { openInference } from './open-inference/index.ts';
import type { Protocol } from './protocol.ts';
import { sagemaker } from './sagemaker/index.ts';
import { sagemakerMultiModel } from './sagemaker/multi-model.ts';
import { tfServing } from './tf-serving/index.ts';
import { torchserve } from './torchserve/index.ts';
import { torchserveManagement } from './torchserve/management.ts';

export { parseMediaType, preferred, type MediaType } from './media-type.ts';
export { mountRoutes, type MountedRoute } from './mount.ts';
export { native } from './native/index.ts';
export type {
  Call,
  ListedModel,
  ListedVersion,
  Plane,
  Protocol,
  Reply,
  Route,
  Scope,
  Servable,
  ServableStatistics,
} from './protocol.ts';
export { errorHeaders, json, problem, problemSchema, text } from './reply.ts';
export { Router, type Match } from './router.ts';
export { sharedRoutes } from './shared-routes.ts';
export { vertexAi, type VertexRoutes } from './vertex-ai/index.ts';

/** The wires that every server speaks beside its own. */
export const wires: readonly Protocol[] = [openInference, tfServing, kserveV1, torchserve, mlflow, sagemaker, azureml];

/** Wires that a server speaks when it is told to (`--wire NAME[=PORT]`): they manage models, or claim the same paths. */
export const optionalWires: readonly Protocol[] = [sagemakerMultiModel, torchserveManagement];
export type { GrpcCall, GrpcMethod } from './grpc/service.ts';

/** gRPC, loaded where it is asked for: its messages cost a start some milliseconds. */
export const loadGrpc = () => import('./grpc/index.ts');
