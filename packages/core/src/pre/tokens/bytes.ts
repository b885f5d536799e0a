const utf8 = new TextEncoder();

/**
 * A visible letter for each byte, as GPT-2 has them: printable Latin-1 stands for itself, the others follow from U+0100 on.
 */
const letters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isVisible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(isVisible ? byte : next++);
  });
})();

const plain = /^[!-~]*$/;

/** The UTF-8 bytes of a text as letters. */
export function byteLetters(text: string): string {
  if (plain.test(text)) return text;
  let out = '';
  for (const byte of utf8.encode(text)) out += letters[byte] as string;
  return out;
}

/** The names of a text's UTF-8 bytes in vocabularies with byte fallback: `<0x0A>`. */
export function byteTokens(text: string): string[] {
  return Array.from(utf8.encode(text), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
}
