import { fail } from '../../errors/index.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Bytes as text; INVALID_INPUT with the place where they are not UTF-8. */
export function utf8At(place: string, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw fail('INVALID_INPUT', { problem: `${place.slice(0, 100)}: the bytes are not UTF-8.` }, { cause });
  }
}
