import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { fail, type SlipwayError } from '../../errors/index.ts';
import type { Call, Plane, Route } from '../protocol.ts';

/** What a gRPC method knows of its call: metadata are headers. */
export type GrpcCall = Pick<Call, 'header' | 'signal' | 'requestId' | 'caller' | 'may'>;

interface MethodBase {
  /** `/inference.GRPCInferenceService/ModelInfer` */
  readonly path: string;
  readonly access: NonNullable<Route['access']>;
}

/** A method of a gRPC service, on bytes: hosts do the framing. */
export type GrpcMethod =
  | (MethodBase & {
      readonly kind: 'unary';
      readonly answer: (request: Uint8Array, call: GrpcCall, plane: Plane) => Promise<Uint8Array>;
    })
  | (MethodBase & {
      readonly kind: 'stream';
      readonly answers: (
        requests: AsyncIterable<Uint8Array>,
        call: GrpcCall,
        plane: Plane,
      ) => AsyncIterable<Uint8Array>;
    });

interface Method<I extends DescMessage, O extends DescMessage> {
  readonly name: string;
  readonly parent: { readonly typeName: string };
  readonly input: I;
  readonly output: O;
}

/** A method with one request and one answer. */
export function unary<I extends DescMessage, O extends DescMessage>(
  method: Method<I, O>,
  answer: (
    request: MessageShape<I>,
    plane: Plane,
    call: GrpcCall,
  ) => MessageInitShape<O> | Promise<MessageInitShape<O>>,
  access: GrpcMethod['access'] = 'predict',
): GrpcMethod {
  return {
    kind: 'unary',
    path: `/${method.parent.typeName}/${method.name}`,
    access,
    answer: async (bytes, call, plane) =>
      toBinary(method.output, create(method.output, await answer(read(method.input, bytes), plane, call))),
  };
}

/** A method that answers a stream of requests with a stream. */
export function streaming<I extends DescMessage, O extends DescMessage>(
  method: Method<I, O>,
  answer: (
    requests: AsyncIterable<MessageShape<I>>,
    plane: Plane,
    call: GrpcCall,
  ) => AsyncIterable<MessageInitShape<O>>,
  access: GrpcMethod['access'] = 'predict',
  service = method.parent.typeName,
): GrpcMethod {
  return {
    kind: 'stream',
    path: `/${service}/${method.name}`,
    access,
    async *answers(requests, call, plane) {
      for await (const message of answer(messages(method.input, requests), plane, call))
        yield toBinary(method.output, create(method.output, message));
    },
  };
}

async function* messages<I extends DescMessage>(
  schema: I,
  requests: AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageShape<I>> {
  for await (const bytes of requests) yield read(schema, bytes);
}

function read<I extends DescMessage>(schema: I, bytes: Uint8Array): MessageShape<I> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw fail('INVALID_REQUEST', { problem: `The message is no ${schema.typeName}.` }, { cause });
  }
}

/** gRPC status codes, https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const STATUS: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  408: 4,
  409: 9,
  413: 8,
  415: 3,
  429: 8,
  499: 1,
  500: 13,
  503: 14,
  504: 4,
};

/** The gRPC status of an error of the catalogue. */
export function grpcStatus({ code, status }: SlipwayError): number {
  return code === 'ROUTE_NOT_FOUND' ? 12 : (STATUS[status] ?? 2);
}
