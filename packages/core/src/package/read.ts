import { fail, type SlipwayError } from '../errors/index.ts';
import { checkManifest } from './check-manifest.ts';
import { readGoldens, type Golden } from './golden.ts';
import { textBytes } from './json.ts';
import { FORMAT_VERSION, layout, packageLimits, type PackageLimits, type Sha256 } from './layout.ts';
import type { Manifest } from './manifest.ts';
import { checkPath } from './paths.ts';

/** A package whose every byte was checked against its digest. */
export interface Package {
  /** `sha256:…` of the manifest, which holds the digests of all files. */
  readonly digest: string;
  readonly manifest: Manifest;
  /** The bytes of `model.onnx`. */
  readonly graph: Uint8Array;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads a package and verifies it: format version, paths, limits, and the size and digest of every file.
 *
 * A changed, missing or additional file is PACKAGE_CORRUPT with its path.
 */
export function readPackage(
  files: ReadonlyMap<string, Uint8Array>,
  sha256: Sha256,
  limits: PackageLimits = packageLimits,
): Package {
  const sealed = files.get(layout.manifest);
  if (!sealed) throw corrupt(layout.manifest, 'the file is missing');
  const { digest, manifest } = openManifest(sealed, sha256, limits);
  for (const path of files.keys()) checkPath(path);
  const listed = new Set<string>([layout.manifest]);
  for (const { path, size, sha256: expected } of manifest.files) {
    listed.add(path);
    const bytes = files.get(path);
    if (!bytes) throw corrupt(path, 'the file is missing');
    if (bytes.byteLength !== size) throw corrupt(path, `the file has ${bytes.byteLength} bytes instead of ${size}`);
    if (sha256(bytes) !== expected) throw corrupt(path, 'the bytes are not those that were written');
  }
  for (const path of files.keys()) {
    if (!listed.has(path)) throw corrupt(path, 'the file does not belong to the package');
  }
  return { digest, manifest, graph: files.get(layout.graph) as Uint8Array, files };
}

/** Reads and verifies `slipway.json` alone: its digest, format version, shape and limits. */
export function openManifest(
  bytes: Uint8Array,
  sha256: Sha256,
  limits: PackageLimits = packageLimits,
): { readonly digest: string; readonly manifest: Manifest } {
  if (bytes.byteLength > limits.manifestBytes) throw corrupt(layout.manifest, 'the manifest is too large');
  const text = decode(bytes);
  const seal = /^\{\n "digest": "(sha256:[0-9a-f]{64})",\n/.exec(text);
  const value = parse(text);
  const version = (Object(value) as Record<string, unknown>)['formatVersion'];
  if (typeof version === 'number' && version > FORMAT_VERSION) {
    throw fail('PACKAGE_UNSUPPORTED', { version, supported: FORMAT_VERSION });
  }
  if (!seal) throw corrupt(layout.manifest, 'the digest is missing');
  const document = `{\n${text.slice(seal[0].length)}`;
  if (`sha256:${sha256(textBytes(document))}` !== seal[1]) {
    throw corrupt(layout.manifest, 'the bytes are not those that were written');
  }
  const manifest = checkManifest(value, limits);
  return { digest: seal[1], manifest };
}

/** The goldens of a package that was read. */
export function goldensOf(pkg: Package): Golden[] {
  const bytes = pkg.files.get(layout.goldens);
  return bytes ? readGoldens(bytes) : [];
}

/** A step of `pre.json`. */
interface PreStep {
  readonly op: string;
  readonly [parameter: string]: unknown;
}

/** The declarative steps before the graph; undefined where there are none. */
export function preOf(pkg: Package): readonly PreStep[] | undefined {
  const bytes = pkg.files.get(layout.pre);
  if (!bytes) return undefined;
  const steps = parse(decode(bytes), layout.pre);
  if (!Array.isArray(steps) || !steps.every(isStep)) throw corrupt(layout.pre, 'not a list of steps');
  return steps;
}

function isStep(value: unknown): value is PreStep {
  return typeof value === 'object' && value !== null && 'op' in value && typeof value.op === 'string';
}

/** `report.json` of a package that was read. */
export function reportOf(pkg: Package): Readonly<Record<string, unknown>> {
  const bytes = pkg.files.get(layout.report);
  return bytes ? (Object(parse(decode(bytes), layout.report)) as Record<string, unknown>) : {};
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corrupt(layout.manifest, 'not UTF-8 text');
  }
}

function parse(text: string, path: string = layout.manifest): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw corrupt(path, 'not valid JSON');
  }
}

function corrupt(path: string, problem: string): SlipwayError {
  return fail('PACKAGE_CORRUPT', { path, problem });
}
