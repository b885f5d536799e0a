import { blobOf, json } from './artifact.ts';
import { memberOf } from './credentials.ts';
import { mediaTypes, type Descriptor, type OciManifest } from './media-types.ts';
import { readDescriptor, type OciRepository } from './repository.ts';
import type { Signature } from './signature.ts';

const SIGNATURE_TYPE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
const PAYLOAD_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
const ANNOTATION = 'dev.cosignproject.cosign/signature';
/** Larger payloads and longer lists are nobody's. */
const MOST = { payloadBytes: 64 * 1024, manifests: 50, layers: 50 };

/**
 * Puts signatures beside a manifest, where cosign looks (the tag `sha256-….sig`) and as a referrer of it. Those that are there
 * stay.
 */
export async function pushSignatures(
  repository: OciRepository,
  subject: Descriptor,
  signatures: readonly Signature[],
): Promise<void> {
  const before = await pullSignatures(repository, subject.digest);
  const all = [...before, ...signatures.filter((own) => !before.some((one) => one.signature === own.signature))];
  if (all.length === before.length) return;
  const layers: Descriptor[] = [];
  for (const { payload, signature } of all) {
    const blob = blobOf(new TextEncoder().encode(payload));
    await repository.pushBlob(blob);
    const annotations = { [ANNOTATION]: signature };
    layers.push({ mediaType: PAYLOAD_TYPE, digest: blob.digest, size: blob.size, annotations });
  }
  const config = blobOf(
    json({
      architecture: '',
      created: '0001-01-01T00:00:00Z',
      os: '',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  await repository.pushBlob(config);
  const manifest: OciManifest & { readonly subject: Descriptor } = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: SIGNATURE_TYPE,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
    layers,
    subject,
  };
  await repository.putReferrer(manifest, signatureTag(subject.digest));
}

/** Every signature that lies beside a manifest; whether they are any good is for the caller to find out. */
export async function pullSignatures(repository: OciRepository, digest: string): Promise<Signature[]> {
  const referrers = await repository.referrers(digest);
  const names = referrers.flatMap((entry) => (entry.artifactType === SIGNATURE_TYPE ? [entry.digest] : []));
  const found = new Map<string, Signature>();
  for (const name of [signatureTag(digest), ...names.slice(0, MOST.manifests)]) {
    const manifest = await repository.getManifest(name);
    const layers = memberOf(manifest?.document, 'layers');
    for (const entry of Array.isArray(layers) ? layers.slice(0, MOST.layers) : []) {
      const layer = readDescriptor(entry);
      const signature = layer?.annotations?.[ANNOTATION];
      if (!layer || signature === undefined || layer.size > MOST.payloadBytes || found.has(signature)) continue;
      found.set(signature, { payload: new TextDecoder().decode(await repository.getBlob(layer)), signature });
    }
  }
  return [...found.values()];
}

function signatureTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`;
}
