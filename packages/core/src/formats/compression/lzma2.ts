import { LzmaDecoder } from './lzma.ts';
import { damaged, type Output } from './output.ts';

/**
 * Decodes LZMA2 chunks from `position` up to the end marker, to exactly `end` bytes of output; answers where the data ends.
 *
 * Control byte: 0 end; 1, 2 stored (1 starts a new window); ≥ 0x80 LZMA, bits 5–6 telling what starts anew.
 */
export function decodeLzma2(format: string, input: Uint8Array, position: number, output: Output, end: number): number {
  const decoder = new LzmaDecoder(format, input, position, output);
  decoder.windowStart = output.length;
  let needsWindow = true;
  let needsProperties = true;
  let needsReset = true;
  let at = position;
  for (;;) {
    if (at >= input.length) throw tooShort(format);
    const control = input[at++] as number;
    if (control === 0) return at;
    const startsWindow = control === 1 || control >= 0xe0;
    if (startsWindow) {
      decoder.windowStart = output.length;
      needsWindow = false;
      // After a stored chunk with a new window the next LZMA chunk must bring properties.
      if (control === 1) needsProperties = true;
    }
    if (needsWindow || (control > 2 && control < 0x80))
      throw damaged(format, 'a chunk of the compressed data is damaged');
    const isLzma = control >= 0x80;
    if (at + (isLzma ? 4 : 2) > input.length) throw tooShort(format);
    const size = (((isLzma ? control & 31 : 0) << 16) | ((input[at] as number) << 8) | (input[at + 1] as number)) + 1;
    if (output.length + size > end) throw damaged(format, 'the decompressed data is longer than its header says');
    at += 2;
    if (!isLzma) {
      if (at + size > input.length) throw tooShort(format);
      output.append(input.subarray(at, at + size));
      at += size;
      continue;
    }
    const packed = (((input[at] as number) << 8) | (input[at + 1] as number)) + 1;
    at += 2;
    if (control >= 0xc0) {
      if (at >= input.length || (input[at] as number) >= 225)
        throw damaged(format, 'a chunk of the compressed data is damaged');
      decoder.setProperties(input[at++] as number);
      needsProperties = needsReset = false;
    } else if (needsProperties) {
      throw damaged(format, 'a chunk of the compressed data is damaged');
    } else if (control >= 0xa0) {
      decoder.resetState();
      needsReset = false;
    } else if (needsReset) {
      throw damaged(format, 'a chunk of the compressed data is damaged');
    }
    if (at + packed > input.length) throw tooShort(format);
    decoder.position = at;
    decoder.startRange();
    decoder.decode(output.length + size, false);
    if (decoder.position !== at + packed || !decoder.isFinished)
      throw damaged(format, 'a chunk of the compressed data is damaged');
    at += packed;
  }
}

function tooShort(format: string) {
  return damaged(format, 'the compressed data ends too early');
}
