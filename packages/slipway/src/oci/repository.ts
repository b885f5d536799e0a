import { fail } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import { sha256Hex } from '../stores/index.ts';
import { findCredentials, memberOf, type FindCredentials } from './credentials.ts';
import { mediaTypes, type Descriptor, type OciManifest } from './media-types.ts';
import { isLocalHost, showOciReference, type OciReference } from './reference.ts';
import { chunksOf, OciTransport } from './transport.ts';

export interface RepositoryOptions {
  /** Plain HTTP also for a registry on another machine. */
  readonly isPlain?: boolean | undefined;
  readonly credentials?: FindCredentials | undefined;
  /** Where credentials are looked for unless they are given; that of the process by default. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
}

/** Bytes to upload: in memory, or as a file (`fs.openAsBlob`). */
export interface OciBlob {
  readonly digest: string;
  readonly size: number;
  readonly body: Uint8Array | Blob;
}

/** A manifest as the registry gave it. */
export interface FoundManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly document: unknown;
}

const MOST_MANIFEST = 4 * 2 ** 20;
const anyManifest = [mediaTypes.manifest, mediaTypes.index, mediaTypes.dockerManifest, mediaTypes.dockerList].join(
  ', ',
);

/** One repository of a container registry (OCI distribution 1.1): blobs, manifests, and what refers to a manifest. */
export class OciRepository {
  readonly reference: OciReference;
  readonly #transport: OciTransport;
  readonly #base: string;

  constructor(reference: OciReference, { isPlain, credentials, environment = process.env }: RepositoryOptions = {}) {
    const { host, repository } = reference;
    this.reference = reference;
    this.#transport = new OciTransport(host, isPlain ?? isLocalHost(host), credentials ?? findCredentials(environment));
    this.#base = `/v2/${repository}`;
  }

  async hasBlob(digest: string): Promise<boolean> {
    const request = { method: 'HEAD', accept: [404] };
    return (await this.#transport.send(`${this.#base}/blobs/${digest}`, this.#scope('push'), request)).ok;
  }

  /** Takes a blob from another repository of the same registry without sending it; false where that is not possible. */
  async mountBlob(digest: string, from: string): Promise<boolean> {
    const path = `${this.#base}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`;
    const scope = `${this.#scope('push')} repository:${from}:pull`;
    const response = await this.#transport.send(path, scope, { method: 'POST', accept: [404] });
    await response.body?.cancel();
    if (response.status === 201) return true;
    // An upload was begun instead; nobody continues it, and the registry forgets it.
    return false;
  }

  /** Uploads a blob unless it is there; false when it was. */
  async pushBlob({ digest, size, body }: OciBlob): Promise<boolean> {
    if (await this.hasBlob(digest)) return false;
    const scope = this.#scope('push');
    const begun = await this.#transport.send(`${this.#base}/blobs/uploads/`, scope, { method: 'POST' });
    await begun.body?.cancel();
    const place = begun.headers.get('location');
    if (place === null) throw this.#failed('it names no place for an upload');
    const url = new URL(place, begun.url);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    const done = await this.#transport.send(url.href, scope, { method: 'PUT', headers, body });
    await done.body?.cancel();
    return true;
  }

  /** The bytes of a blob, verified. PACKAGE_CORRUPT when they are others than those asked for. */
  async getBlob({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<Uint8Array> {
    const response = await this.#transport.send(`${this.#base}/blobs/${digest}`, this.#scope('pull'));
    const bytes = await this.#read(response, size);
    if (bytes.byteLength !== size || `sha256:${sha256Hex(bytes)}` !== digest)
      throw fail('PACKAGE_CORRUPT', { path: digest, problem: `${this.reference.host} sent other bytes` });
    return bytes;
  }

  /** Stores a manifest under a tag or its digest, and gives the digest. */
  async putManifest(bytes: Uint8Array, mediaType: string, name?: string): Promise<string> {
    const digest = `sha256:${sha256Hex(bytes)}`;
    const path = `${this.#base}/manifests/${name ?? digest}`;
    const request = { method: 'PUT', headers: { 'content-type': mediaType }, body: bytes };
    const response = await this.#transport.send(path, this.#scope('push'), request);
    await response.body?.cancel();
    return digest;
  }

  /** The manifest with a tag or digest, verified; undefined when there is none. */
  async getManifest(name: string): Promise<FoundManifest | undefined> {
    const request = { headers: { accept: anyManifest }, accept: [404] };
    const response = await this.#transport.send(`${this.#base}/manifests/${name}`, this.#scope('pull'), request);
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    const bytes = await this.#read(response, MOST_MANIFEST);
    const digest = `sha256:${sha256Hex(bytes)}`;
    if (name.startsWith('sha256:') && name !== digest)
      throw fail('PACKAGE_CORRUPT', { path: name, problem: `${this.reference.host} sent another manifest` });
    const document = this.#parse(bytes);
    const declared = memberOf(document, 'mediaType') ?? response.headers.get('content-type')?.split(';')[0];
    return { digest, mediaType: typeof declared === 'string' ? declared : mediaTypes.manifest, bytes, document };
  }

  /** What refers to a manifest, by the referrers API or, on older registries, by the tag that stands for it. */
  async referrers(digest: string, artifactType?: string): Promise<Descriptor[]> {
    const path = `${this.#base}/referrers/${digest}`;
    const response = await this.#transport.send(path, this.#scope('pull'), { accept: [404, 400, 405] });
    const document = response.ok
      ? this.#parse(await this.#read(response, MOST_MANIFEST))
      : (await this.getManifest(referrersTag(digest)))?.document;
    const listed = memberOf(document, 'manifests');
    const found = Array.isArray(listed) ? listed.flatMap((entry: unknown) => readDescriptor(entry) ?? []) : [];
    return artifactType === undefined ? found : found.filter((entry) => entry.artifactType === artifactType);
  }

  /** Stores a manifest that has a subject; where the registry keeps no list of referrers, the tag that stands for it is kept. */
  async putReferrer(manifest: OciManifest & { readonly subject: Descriptor }, tag?: string): Promise<Descriptor> {
    const bytes = manifestBytes(manifest);
    const digest = `sha256:${sha256Hex(bytes)}`;
    const path = `${this.#base}/manifests/${tag ?? digest}`;
    const request = { method: 'PUT', headers: { 'content-type': manifest.mediaType }, body: bytes };
    const response = await this.#transport.send(path, this.#scope('push'), request);
    await response.body?.cancel();
    const { mediaType, artifactType, annotations } = manifest;
    const entry: Descriptor = { mediaType, digest, size: bytes.byteLength, artifactType, annotations };
    if (response.headers.get('oci-subject') === null) await this.#listReferrer(manifest.subject.digest, entry);
    return entry;
  }

  async #listReferrer(subject: string, entry: Descriptor): Promise<void> {
    const before = await this.referrers(subject);
    if (before.some(({ digest }) => digest === entry.digest)) return;
    const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [...before, entry] };
    await this.putManifest(new TextEncoder().encode(JSON.stringify(index)), mediaTypes.index, referrersTag(subject));
  }

  async #read(response: Response, limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of chunksOf(response)) {
      length += chunk.byteLength;
      if (length > limit) {
        throw fail('LIMIT_EXCEEDED', { format: this.reference.host, what: 'an answer', limit: readableSize(limit) });
      }
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks, length));
  }

  #parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (cause) {
      throw fail('PACKAGE_CORRUPT', { path: showOciReference(this.reference), problem: 'not a manifest' }, { cause });
    }
  }

  #scope(what: 'pull' | 'push'): string {
    return `repository:${this.reference.repository}:${what === 'push' ? 'pull,push' : 'pull'}`;
  }

  #failed(problem: string) {
    return fail('REMOTE_FAILED', { place: this.reference.host, problem });
  }
}

/** The bytes of a manifest: the same document gives the same digest. */
export function manifestBytes(manifest: OciManifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(manifest));
}

function referrersTag(digest: string): string {
  return digest.replace(':', '-');
}

/** Reads a descriptor of foreign JSON; undefined when it is none. */
export function readDescriptor(value: unknown): Descriptor | undefined {
  const [mediaType, digest, size] = [memberOf(value, 'mediaType'), memberOf(value, 'digest'), memberOf(value, 'size')];
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') return undefined;
  if (!/^sha256:[0-9a-f]{64}$/.test(digest) || !Number.isSafeInteger(size) || size < 0) return undefined;
  const artifactType = memberOf(value, 'artifactType');
  const annotations = Object.entries(Object(memberOf(value, 'annotations')) as object).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return {
    mediaType,
    digest,
    size,
    artifactType: typeof artifactType === 'string' ? artifactType : undefined,
    annotations: Object.fromEntries(annotations),
  };
}
