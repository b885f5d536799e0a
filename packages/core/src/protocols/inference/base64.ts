import { fail } from '../../errors/index.ts';

/** The UTF-8 text behind base64; INVALID_INPUT when it is not that. */
export function base64Text(text: string): string {
  try {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('INVALID_INPUT', { problem: 'Unable to base64 decode a string.' }, { cause });
  }
}
