import { malformed } from './fields.ts';

/** Transforms a chunk of text by a sentencepiece character map; undefined where the map says nothing. */
export type Charsmap = (chunk: string) => string | undefined;

/**
 * Reads `precompiled_charsmap`: bytes of the trie (uint32), a double-array trie of UTF-8 (Darts-clone: 32-bit units with
 * label, offset and leaf bits), and the replacements, each ended by a NUL.
 *
 * As in the library, the shortest known prefix of a chunk decides, and the whole chunk is replaced.
 */
export function readCharsmap(base64: string): Charsmap {
  const bytes = decode(base64);
  const view = new DataView(bytes.buffer);
  const trieBytes = bytes.length >= 4 ? view.getUint32(0, true) : -1;
  if (trieBytes < 4 || trieBytes % 4 !== 0 || 4 + trieBytes > bytes.length) {
    throw malformed('precompiled_charsmap does not hold the trie that it announces');
  }
  const units = new Uint32Array(trieBytes / 4);
  for (let i = 0; i < units.length; i++) units[i] = view.getUint32(4 + 4 * i, true);
  const replacements = bytes.subarray(4 + trieBytes);
  const utf8 = new TextEncoder();
  const text = new TextDecoder('utf-8', { ignoreBOM: true });
  const known = new Map<number, string>();

  function find(key: Uint8Array): number {
    let at = offsetOf(units[0] as number);
    for (const byte of key) {
      if (byte === 0) return -1;
      at ^= byte;
      const unit = units[at];
      if (unit === undefined || (unit & 0x800000ff) >>> 0 !== byte) return -1;
      at ^= offsetOf(unit);
      if ((unit >>> 8) & 1) return (units[at] ?? 0) & 0x7fffffff;
    }
    return -1;
  }

  return (chunk) => {
    const start = find(utf8.encode(chunk));
    if (start === -1) return undefined;
    let found = known.get(start);
    if (found === undefined) {
      const end = replacements.indexOf(0, start);
      found = text.decode(replacements.subarray(start, end === -1 ? undefined : end));
      known.set(start, found);
    }
    return found;
  };
}

function offsetOf(unit: number): number {
  return ((unit >>> 10) << ((unit & 0x200) >>> 6)) >>> 0;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw malformed('precompiled_charsmap is not base64');
  }
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
