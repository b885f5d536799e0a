/** `\w` of Oniguruma in a class: without the joiners that Unicode counts in. */
const WORD = String.raw`\p{Alphabetic}\p{M}\p{Nd}\p{Pc}`;
/** `\w` on its own has the superscripts and fractions of Latin-1 too. */
export const WORD_ALONE = String.raw`${WORD}\u{b2}\u{b3}\u{b9}\u{bc}-\u{be}`;

/** Escapes that stand for a class, as the inside of `[…]` with the flag `v`. */
export const escapes: ReadonlyMap<string, string> = new Map([
  ['w', WORD],
  ['s', String.raw`\p{White_Space}`],
  ['d', String.raw`\p{Nd}`],
  ['h', '0-9a-fA-F'],
]);

/** `[[:alpha:]]` and the like. */
export const posix: ReadonlyMap<string, string> = new Map([
  ['alpha', String.raw`\p{Alphabetic}`],
  ['digit', String.raw`\p{Nd}`],
  ['alnum', String.raw`\p{Alphabetic}\p{Nd}`],
  ['upper', String.raw`\p{Uppercase}`],
  ['lower', String.raw`\p{Lowercase}`],
  ['space', String.raw`\p{White_Space}`],
  ['punct', String.raw`\p{P}\p{S}`],
  ['blank', String.raw`\p{Zs}\u{9}`],
  ['cntrl', String.raw`\p{Cc}`],
  ['xdigit', '0-9a-fA-F'],
  ['word', WORD],
]);

const categories = new Set(
  `L Lu Ll Lt LC Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Cs Co Cn
   Alphabetic White_Space Uppercase Lowercase Emoji Letter Mark Number Punctuation Symbol Separator Other Any ASCII`.split(
    /\s+/,
  ),
);
const scripts = new Set(
  `Latin Greek Cyrillic Armenian Hebrew Arabic Syriac Thaana Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada
   Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic Cherokee Khmer Mongolian Hiragana Katakana Bopomofo
   Han Yi Common Inherited`.split(/\s+/),
);

/** `\p{…}` as JavaScript writes it; undefined for a property outside the list. */
export function property(name: string, negated: boolean): string | undefined {
  const isNegated = negated !== name.startsWith('^');
  const plain = name.replace(/^\^/, '').trim();
  const letter = isNegated ? 'P' : 'p';
  if (categories.has(plain)) return `\\${letter}{${plain}}`;
  if (scripts.has(plain)) return `\\${letter}{Script=${plain}}`;
  return undefined;
}

/** A code point as a literal, inside and outside of classes. */
export function literal(codePoint: number): string {
  return `\\u{${codePoint.toString(16)}}`;
}

/** A letter in either case, as simple case folding has it; the sign of Kelvin and the long s are the only others for ASCII. */
export function eitherCase(codePoint: number): readonly number[] {
  const lower = codePoint | 0x20;
  if (lower < 0x61 || lower > 0x7a) return [codePoint];
  const both = [lower - 0x20, lower];
  if (lower === 0x6b) both.push(0x212a);
  if (lower === 0x73) both.push(0x17f);
  return both;
}
