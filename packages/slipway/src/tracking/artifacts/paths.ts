import { join } from 'node:path';
import { invalid } from '../../mlflow-api/index.ts';

const MOST_PATH_BYTES = 2000;
const MOST_NAME_BYTES = 255;
/** Percent signs are decoded until none is left that means something; who hides deeper is refused. */
const MOST_DECODINGS = 10;

/** A path below the folder of the artifacts that can mean nothing outside of it; INVALID_PARAMETER_VALUE for all others. */
export function safePath(given: string): string {
  const path = decoded(given);
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  const isUnsafe =
    path.includes('#') ||
    path.startsWith('/') ||
    path.includes('\\') ||
    /^[A-Za-z]:/.test(path) ||
    /^file:/i.test(path) ||
    /\p{Cc}|\p{Cs}/u.test(path) ||
    segments.includes('..') ||
    Buffer.byteLength(path) > MOST_PATH_BYTES ||
    segments.some((segment) => Buffer.byteLength(segment) > MOST_NAME_BYTES);
  if (isUnsafe) throw invalid('Invalid path');
  return segments.join('/');
}

/** Where the artifacts of `mlflow-artifacts:/1/…` lie; undefined for places that clients reach by themselves. */
export function pathOfUri(uri: string): string | undefined {
  const [, path] = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*(.*)$/.exec(uri) ?? [];
  return path === undefined ? undefined : safePath(path);
}

/** A file of the artifacts on this machine. */
export function filePath(root: string, path: string): string {
  return join(root, ...path.split('/').filter((segment) => segment !== ''));
}

function decoded(given: string): string {
  let path = given;
  for (let i = 0; i < MOST_DECODINGS && /%[\da-f]{2}/i.test(path); i++) {
    try {
      path = decodeURIComponent(path);
    } catch {
      return path;
    }
  }
  if (/%2f|%5c|%2e/i.test(path)) throw invalid('Invalid path');
  return path;
}
