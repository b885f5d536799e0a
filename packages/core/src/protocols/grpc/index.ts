import { file_health } from './generated/health_pb.ts';
import { file_inference } from './generated/inference_pb.ts';
import { file_tf_serving } from './generated/tf_serving_pb.ts';
import { healthGrpc } from './health.ts';
import { openInferenceGrpc } from './open-inference.ts';
import { reflectionGrpc } from './reflection.ts';
import type { GrpcMethod } from './service.ts';
import { tfServingGrpc } from './tf-serving.ts';

export { grpcStatus } from './service.ts';

/** Every gRPC method that there is. `wait` lets time pass between two looks at a watched status. */
export function grpcMethods(wait: (ms: number, signal: AbortSignal) => Promise<void>): GrpcMethod[] {
  const methods = [...openInferenceGrpc, ...tfServingGrpc];
  const services = new Set(methods.map(({ path }) => path.split('/')[1] as string));
  return [...methods, ...healthGrpc(services, wait), ...reflectionGrpc([file_inference, file_tf_serving, file_health])];
}
