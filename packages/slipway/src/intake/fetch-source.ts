import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { fail, SlipwayError } from '@slipway/core/errors';
import { defaultLimits, readableSize } from '@slipway/core/formats/limits';
import { temporaryPath } from '../stores/index.ts';

/** A source on this machine, and how to give back what was downloaded for it. */
export interface FetchedSource extends AsyncDisposable {
  readonly path: string;
  /** As the user knows it. */
  readonly name: string;
  /** What the user pinned with `#sha256=…`. */
  readonly sha256: string | undefined;
}

const downloadTimeoutMs = 600_000;

/** True for `https://…`, `file:…`, `s3://…`; a drive letter is no scheme. */
export function isUri(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]+:/i.test(text) &&
    (/^[a-z][a-z0-9+.-]+:\/\//i.test(text) || /^(file|models|runs|oci):/i.test(text))
  );
}

/**
 * Makes a path, `file:` or `http(s):` URI available as a path, downloading it into `temporary` where it has to be.
 * `#sha256=…` at the end pins the content; the caller compares it with what it hashed.
 */
export async function fetchSource(text: string, temporary: string): Promise<FetchedSource> {
  const [, place = text, sha256] = /^(.*)#sha256=([0-9a-f]{64})$/is.exec(text) ?? [];
  const local = (path: string): FetchedSource => ({
    path,
    name: path,
    sha256: sha256?.toLowerCase(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  if (!isUri(place)) return local(place);
  const url = URL.parse(place);
  const scheme = place.slice(0, place.indexOf(':')).toLowerCase();
  if (url?.protocol === 'file:') return local(fileURLToPath(url));
  if (/^(?:models|runs):/i.test(place)) return await fromMlflow(place, sha256, temporary);
  if (!url || !['http:', 'https:', 's3:'].includes(url.protocol)) {
    throw fail('UNSUPPORTED_FORMAT', {
      what: `${scheme}: as a source`,
      why: 'this version reads files, folders, http:, https:, s3:, and models: and runs: of an MLflow server.',
      advice: 'Download the model with the tool of that store, and give the path.',
    });
  }
  await mkdir(temporary, { recursive: true });
  const path = temporaryPath(temporary);
  try {
    await download(url, path);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  const name = decodeURIComponent(url.pathname.split('/').findLast((part) => part !== '') ?? url.hostname);
  return { path, name, sha256: sha256?.toLowerCase(), [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

/** A folder with the files of a model of an MLflow server, named after the model. */
async function fromMlflow(place: string, sha256: string | undefined, temporary: string): Promise<FetchedSource> {
  const { fetchFromMlflow } = await import('./mlflow-source.ts');
  const path = temporaryPath(temporary);
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    await mkdir(path, { recursive: true });
    await fetchFromMlflow(place, path, process.env);
  } catch (error) {
    await remove();
    throw error;
  }
  const name = /^models:\/+([^/@]+)/i.exec(place)?.[1] ?? place.split('/').findLast((part) => part !== '') ?? 'model';
  return { path, name, sha256: sha256?.toLowerCase(), [Symbol.asyncDispose]: remove };
}

/** Compares what was pinned with what is there. */
export function checkPin({ sha256, name }: FetchedSource, found: string): void {
  if (sha256 === undefined || sha256 === found) return;
  throw fail('CORRUPT_FILE', { format: name, problem: `its SHA-256 is ${found}, not ${sha256} as asked for` });
}

async function download(url: URL, path: string): Promise<void> {
  const shown = url.protocol === 's3:' ? `${url.protocol}//${url.host}${url.pathname}` : `${url.origin}${url.pathname}`;
  const limit = defaultLimits.inputBytes;
  const response = url.protocol === 's3:' ? await s3Object('GET', url) : await get(url, shown);
  const { body } = response;
  if (!body) throw fail('FILE_NOT_FOUND', { path: shown }, { hint: 'The server sends nothing.' });
  let size = 0;
  const capped = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      size += chunk.byteLength;
      if (size > limit)
        done(fail('LIMIT_EXCEEDED', { format: 'download', what: 'its size', limit: readableSize(limit) }));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(body), capped, createWriteStream(path, { flags: 'wx' }));
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    const { cause: reason, message } = cause as Error;
    const problem = `the download broke off after ${size} bytes: ${reason instanceof Error ? reason.message : message}`;
    throw fail('CORRUPT_FILE', { format: shown, problem }, { cause });
  }
}

async function get(url: URL, shown: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(downloadTimeoutMs), redirect: 'follow' });
  } catch (cause) {
    const { cause: reason } = cause as { cause?: Error };
    const hint = `Check the address and the network: ${reason?.message ?? (cause as Error).message}.`;
    throw fail('FILE_NOT_FOUND', { path: shown }, { cause, hint });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  const hint = `The server answers ${response.status} ${response.statusText}.`;
  throw fail('FILE_NOT_FOUND', { path: shown }, { hint });
}

/** An object of S3, or of another store by `AWS_ENDPOINT_URL_S3`: its headers, or those and its bytes. */
export async function s3Object(method: 'GET' | 'HEAD', url: URL): Promise<Response> {
  const { AwsClient, AwsRefusal, awsRegion } = await import('../aws/index.ts');
  const aws = new AwsClient(awsRegion(undefined, process.env), process.env, new AbortController().signal);
  try {
    return await aws.object(method, url.host, decodeURIComponent(url.pathname.slice(1)));
  } catch (cause) {
    if (!(cause instanceof AwsRefusal)) throw cause;
    throw fail('FILE_NOT_FOUND', { path: url.href }, { cause, hint: `S3 answers ${cause.message}.` });
  }
}
