import type { Charsmap } from './charsmap.ts';
import { most, tooLong } from './fields.ts';

/** Characters that begin a cluster and end one, whatever of them stands beside: Latin, Greek, Cyrillic, Hebrew, Arabic, kana, Han. */
const alone =
  /^[\x20-\x7e\u{a0}-\u{ac}\u{ae}-\u{2ff}\u{370}-\u{482}\u{48a}-\u{52f}\u{5d0}-\u{5ea}\u{620}-\u{64a}\u{3041}-\u{3096}\u{30a1}-\u{30fa}\u{4e00}-\u{9fff}]$/v;

/** Characters whose replacement is kept at hand. */
const remembered = 20_000;

/**
 * Applies a sentencepiece character map as the library does: to clusters of at most 5 bytes as a whole, else, or where the
 * map does not know the cluster, to each of their characters.
 */
export function graphemeMapper(transform: Charsmap): (text: string) => string {
  const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const seen = new Map<string, string>();
  const single = (character: string): string => {
    let found = seen.get(character);
    if (found === undefined) {
      found = transform(character) ?? character;
      if (seen.size >= remembered) seen.clear();
      seen.set(character, found);
    }
    return found;
  };
  return (text) => {
    let out = '';
    const units = text.length;
    for (let at = 0; at < units;) {
      const end = stretchEnd(text, at);
      if (end === at + 1) out += single(text[at] as string);
      else {
        for (const { segment } of clusters.segment(text.slice(at, end))) {
          const whole = byteLength(segment) < 6 ? transform(segment) : undefined;
          if (whole !== undefined) out += whole;
          else for (const character of segment) out += single(character);
        }
      }
      at = end;
      if (out.length > most.grown) throw tooLong(`${most.grown} characters after normalization`);
    }
    return out;
  };
}

/** The next position where a cluster ends for certain. */
function stretchEnd(text: string, from: number): number {
  let at = from;
  do {
    at++;
  } while (at < text.length && !(alone.test(text[at - 1] as string) && alone.test(text[at] as string)));
  return at;
}

function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
