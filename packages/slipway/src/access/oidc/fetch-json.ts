import { fail } from '@slipway/core/errors';

const TIMEOUT_MS = 5000;
/** A provider with a hundred keys needs 100 kB. */
const MOST_BYTES = 1024 ** 2;

/** Gets a JSON document of the provider: no redirects, bounded in time and size. NOT_READY when there is none to get. */
export async function fetchJson(url: string): Promise<unknown> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`it answers ${response.status}`);
    return JSON.parse(await textOf(response));
  } catch (cause) {
    const problem = cause instanceof Error ? causeOf(cause) : String(cause);
    throw fail('NOT_READY', { problem: `The identity provider gives no document at ${url}: ${problem}.` }, { cause });
  }
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = '';
  let length = 0;
  for (;;) {
    const chunk: unknown = (await reader?.read())?.value;
    if (!(chunk instanceof Uint8Array)) break;
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('the document is larger than 1 MiB');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** `fetch failed` says little; what it was made of says why. */
function causeOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : message;
}
