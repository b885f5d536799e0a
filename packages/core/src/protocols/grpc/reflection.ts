import { toBinary, type DescFile } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { ServerReflection, type ServerReflectionRequest } from './generated/reflection_pb.ts';
import { streaming, type GrpcMethod } from './service.ts';

const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;

/**
 * Lets clients such as grpcurl learn the services from the server; the older v1alpha has the same messages.
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function reflectionGrpc(roots: readonly DescFile[]): GrpcMethod[] {
  const files = allFiles(roots);
  const services = [...files.values()].flatMap((file) => file.services.map(({ typeName }) => typeName));
  const answer = async function* reflect(requests: AsyncIterable<ServerReflectionRequest>) {
    for await (const originalRequest of requests)
      yield { validHost: originalRequest.host, originalRequest, messageResponse: responseTo(originalRequest) };
  };

  function responseTo({ messageRequest: { case: kind, value } }: ServerReflectionRequest) {
    switch (kind) {
      case 'listServices':
        return { case: 'listServicesResponse' as const, value: { service: services.map((name) => ({ name })) } };
      case 'fileByFilename':
        return described(files.get(value), value);
      case 'fileContainingSymbol':
        return described(
          [...files.values()].find((file) => defines(file, value)),
          value,
        );
      default:
        return failed(UNIMPLEMENTED, 'There are no extensions here.');
    }
  }

  /** The file with everything that it imports. */
  function described(file: DescFile | undefined, asked: string) {
    if (!file) return failed(NOT_FOUND, `There is no ${asked.slice(0, 200)}.`);
    const needed = [...allFiles([file]).values()].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto));
    return { case: 'fileDescriptorResponse' as const, value: { fileDescriptorProto: needed } };
  }

  const { serverReflectionInfo } = ServerReflection.method;
  return ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'].map((service) =>
    streaming(serverReflectionInfo, answer, 'read', service),
  );
}

function failed(errorCode: number, errorMessage: string) {
  return { case: 'errorResponse' as const, value: { errorCode, errorMessage } };
}

/** The files and what they import, by name as imports spell it. */
function allFiles(roots: readonly DescFile[]): Map<string, DescFile> {
  const files = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    file.dependencies.forEach(add);
  };
  roots.forEach(add);
  return files;
}

/** A service, a method of one, or a message, by its full name. */
function defines({ services, messages, enums }: DescFile, symbol: string): boolean {
  const inside = ({ typeName }: { typeName: string }) => symbol === typeName || symbol.startsWith(`${typeName}.`);
  return services.some(inside) || messages.some(inside) || enums.some(inside);
}
