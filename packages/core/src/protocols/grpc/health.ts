import { SlipwayError } from '../../errors/index.ts';
import type { Plane } from '../protocol.ts';
import { Health, HealthCheckResponse_ServingStatus as Status } from './generated/health_pb.ts';
import { streaming, unary, type GrpcMethod } from './service.ts';

/** How often a watched status is looked at. */
const LOOK_MS = 1000;

/**
 * The health protocol that Kubernetes and load balancers ask. A service is a model's name; '' is the server.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthGrpc(
  services: ReadonlySet<string>,
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
): GrpcMethod[] {
  const statusOf = async (service: string, plane: Plane): Promise<Status> => {
    if (plane.isDraining?.()) return Status.NOT_SERVING;
    if (service === '' || services.has(service)) return Status.SERVING;
    try {
      await plane.find(service);
      return Status.SERVING;
    } catch (error) {
      if (error instanceof SlipwayError && error.status === 404) return Status.SERVICE_UNKNOWN;
      return Status.NOT_SERVING;
    }
  };
  return [
    unary(
      Health.method.check,
      async ({ service }, plane) => {
        const status = await statusOf(service, plane);
        // Unlike Watch, Check says NOT_FOUND of what it does not know.
        if (status === Status.SERVICE_UNKNOWN) await plane.find(service);
        return { status };
      },
      'public',
    ),
    streaming(
      Health.method.watch,
      async function* watch(requests, plane, { signal }) {
        for await (const { service } of requests) {
          for (let last: Status | undefined; !signal.aborted; await wait(LOOK_MS, signal)) {
            const status = await statusOf(service, plane);
            if (status !== last) yield { status };
            last = status;
          }
        }
      },
      'public',
    ),
  ];
}
