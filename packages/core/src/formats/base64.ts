const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Int16Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[letters.charCodeAt(i)] = i;
values[45] = 62; // - and _ of the URL alphabet
values[95] = 63;

/** Bytes of base64 text, padded or not, in either alphabet, with or without white space; undefined when it is anything else. */
export function fromBase64(text: string): Uint8Array | undefined {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '=' || /\s/.test(text[end - 1] as string))) end--;
  const out = new Uint8Array(Math.ceil((end * 3) / 4));
  let bits = 0;
  let count = 0;
  let length = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    const value = code < 128 ? (values[code] as number) : -1;
    if (value < 0) {
      if (code === 10 || code === 13 || code === 32 || code === 9) continue;
      return undefined;
    }
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out[length++] = (bits >> count) & 255;
  }
  return count === 6 ? undefined : out.subarray(0, length);
}

/** Base64 text of bytes, padded. */
export function toBase64(bytes: Uint8Array): string {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(61);
  const letter = (value: number) => letters.charCodeAt(value & 63);
  for (let i = 0, to = 0; i < bytes.length; i += 3, to += 4) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    text[to] = letter(a >> 2);
    text[to + 1] = letter((a << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) text[to + 2] = letter((b << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) text[to + 3] = letter(c);
  }
  return new TextDecoder().decode(text);
}
