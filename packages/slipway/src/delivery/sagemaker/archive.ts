import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { DeliveredModel } from '../target.ts';
import { writeTar } from '../oci-image/tar.ts';

/** `model.tar.gz`: the package as SageMaker unpacks it below /opt/ml/model. */
export async function modelArchive({ pkg }: DeliveredModel): Promise<Uint8Array> {
  const bytes = await promisify(gzip)(writeTar([...pkg.files].map(([path, file]) => ({ path, bytes: file }))));
  // Without the byte that names the operating system.
  bytes[9] = 255;
  return bytes;
}
