import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fail } from '@slipway/core/errors';

/** True for what is downloaded before it is read. */
export function isRemote(word: string): boolean {
  return /^https?:\/\//i.test(word);
}

/** Downloads a file into a folder, once: a complete download is found again by a job that is resumed. */
export async function download(word: string, folder: string, signal: AbortSignal): Promise<string> {
  const url = URL.parse(word);
  if (!url) throw fail('FILE_NOT_FOUND', { path: word });
  const name = decodeURIComponent(url.pathname.split('/').findLast((part) => part !== '') ?? 'input');
  const path = join(folder, name.replaceAll(/[\\/\0]/g, '_').replace(/^\.+/, '_'));
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  try {
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const draft = `${path}.part`;
    await pipeline(Readable.fromWeb(response.body), createWriteStream(draft), { signal });
    renameSync(draft, path);
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error ? ((cause.cause as Error | undefined)?.message ?? cause.message) : String(cause);
    const hint = `It could not be downloaded: ${why}.`;
    throw fail('FILE_NOT_FOUND', { path: url.origin + url.pathname }, { cause, hint });
  }
  return path;
}
