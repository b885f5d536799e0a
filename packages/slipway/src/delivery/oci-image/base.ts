import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import {
  mediaTypes,
  OciRepository,
  parseOciReference,
  readDescriptor,
  showOciReference,
  type Descriptor,
} from '../../oci/index.ts';
import { hashOf } from '../delivery-folder.ts';
import { makeLayer, writeCached, type Blob } from './layer.ts';
import { localRoot, nodePlace, rootFolder } from './local-root.ts';
import { architectureHere, type Architecture } from './platform.ts';

/** What an image is laid upon. */
export interface Base {
  readonly layers: readonly Blob[];
  readonly diffIds: readonly string[];
  /** Absolute path of Node in it. */
  readonly node: string;
  readonly environment: readonly string[];
  /** What it is called, and its digest, for the labels. */
  readonly name: string;
  readonly digest: string;
  /** Where a registry has its layers already. */
  readonly home: { readonly host: string; readonly repository: string } | undefined;
}

/** Where blobs of a base come from. */
interface BlobSource {
  readonly name: string;
  readonly home: Base['home'];
  manifest(reference?: string): Promise<{ readonly bytes: Uint8Array; readonly digest: string }>;
  blob(descriptor: Descriptor): Promise<Uint8Array>;
}

/**
 * Opens a base: this machine's own Node and C libraries (nothing named), an OCI layout or a root folder on disk, or an image in
 * a registry, whose layers are downloaded once and kept.
 */
export async function openBase(named: string | undefined, architecture: Architecture, cache: string): Promise<Base> {
  if (named === undefined || (existsSync(named) && !existsSync(join(named, 'oci-layout')))) {
    if (named !== undefined && !statSync(named).isDirectory())
      throw wrongBase(named, 'it is a file; a base is a folder or an image in a registry');
    if (architecture !== architectureHere())
      throw wrongBase(named ?? 'this machine', `it gives no base for linux/${architecture}`);
    const about = named === undefined ? `Node ${process.versions.node} with its C libraries` : 'root folder';
    const layer = await makeLayer(about, named === undefined ? localRoot() : rootFolder(resolve(named)), cache);
    return {
      layers: [layer],
      diffIds: [layer.diffId],
      node: `/${nodePlace}`,
      environment: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      name: about,
      digest: layer.descriptor.digest,
      home: undefined,
    };
  }
  const source = existsSync(named) ? layoutSource(resolve(named)) : registrySource(named);
  return await readBase(source, architecture, cache);
}

async function readBase(source: BlobSource, architecture: Architecture, cache: string): Promise<Base> {
  let { bytes, digest } = await source.manifest();
  let document = parse(bytes);
  const listed = list(document['manifests']);
  if (listed.length > 0) {
    const fitting = listed.find((entry) => {
      const platform = record(record(entry)['platform']);
      return (platform['architecture'] ?? architecture) === architecture && (platform['os'] ?? 'linux') === 'linux';
    });
    const chosen = readDescriptor(fitting);
    if (!chosen) throw wrongBase(source.name, `it has nothing for linux/${architecture}`);
    ({ bytes, digest } = await source.manifest(chosen.digest));
    document = parse(bytes);
  }
  const configOf = readDescriptor(document['config']);
  const layers = list(document['layers']).map((entry) => readDescriptor(entry));
  if (!configOf || layers.length === 0 || layers.includes(undefined)) throw wrongBase(source.name, 'it is no image');
  const config = parse(await source.blob(configOf));
  if (config['architecture'] !== architecture)
    throw wrongBase(source.name, `it is for ${String(config['architecture'])}, not ${architecture}`);
  const settings = record(config['config']);
  const environment = list(settings['Env']).map(String);
  const blobs: Blob[] = [];
  for (const descriptor of layers.filter((layer) => layer !== undefined)) {
    const path = join(cache, 'blobs', descriptor.digest.slice(7));
    if (!existsSync(path)) await writeCached(path, await source.blob(descriptor));
    blobs.push({ descriptor: { ...descriptor, mediaType: ociType(descriptor.mediaType) }, path });
  }
  return {
    layers: blobs,
    diffIds: list(record(config['rootfs'])['diff_ids']).map(String),
    node: nodeIn(settings, environment, source.name),
    environment,
    name: source.name,
    digest,
    home: source.home,
  };
}

/** Images of Node either start with it or say its version in a variable, and then it is where Docker's own images have it. */
function nodeIn(settings: Readonly<Record<string, unknown>>, environment: readonly string[], name: string): string {
  const [first] = list(settings['Entrypoint']).map(String);
  const version = environment.find((line) => line.startsWith('NODE_VERSION='))?.slice('NODE_VERSION='.length);
  if (version !== undefined && Number.parseInt(version) < 24)
    throw wrongBase(name, `it has Node ${version}, and 24 is needed`);
  if (first?.endsWith('/node')) return first;
  if (version !== undefined) return `/${nodePlace}`;
  throw wrongBase(name, 'it does not say where Node is: neither its entry point nor NODE_VERSION');
}

function registrySource(named: string): BlobSource {
  const reference = parseOciReference(named);
  const repository = new OciRepository(reference);
  const name = showOciReference(reference);
  return {
    name,
    home: reference,
    async manifest(digest) {
      const found = await repository.getManifest(digest ?? reference.digest ?? reference.tag ?? 'latest');
      if (!found) throw wrongBase(name, 'the registry has no such image');
      return found;
    },
    blob: (descriptor) => repository.getBlob(descriptor),
  };
}

function layoutSource(folder: string): BlobSource {
  const blob = (digest: string): Promise<Uint8Array> => {
    const bytes = readFileSync(join(folder, 'blobs', digest.replace(':', '/')));
    if (`sha256:${hashOf(bytes)}` !== digest) throw wrongBase(folder, `${digest} has other bytes`);
    return Promise.resolve(bytes);
  };
  return {
    name: folder,
    home: undefined,
    async manifest(digest) {
      const [first] = list(parse(readFileSync(join(folder, 'index.json')))['manifests']);
      const wanted = digest ?? readDescriptor(first)?.digest;
      if (wanted === undefined) throw wrongBase(folder, 'its index.json lists no image');
      return { bytes: await blob(wanted), digest: wanted };
    },
    blob: ({ digest }) => blob(digest),
  };
}

/** Docker's media types name the same bytes. */
function ociType(mediaType: string): string {
  return mediaType === 'application/vnd.docker.image.rootfs.diff.tar.gzip'
    ? 'application/vnd.oci.image.layer.v1.tar+gzip'
    : mediaType;
}

function parse(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw fail(
      'UNDELIVERABLE',
      { target: 'oci-image', why: 'the base is no image', advice: 'Choose another --base.' },
      { cause },
    );
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Readonly<Record<string, unknown>>;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

function wrongBase(name: string, why: string) {
  return fail('UNDELIVERABLE', {
    target: 'oci-image',
    why: `the base ${name} does not do: ${why}.`,
    advice: `--base takes an OCI layout or root folder on disk, or an image with Node 24 such as gcr.io/distroless/nodejs24-debian13 (${mediaTypes.manifest}).`,
  });
}
