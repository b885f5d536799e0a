import { LzmaDecoder } from './lzma.ts';
import { damaged, Output, outputLimit } from './output.ts';

const HEADER = 13;
/** Longer than any output that is allowed: the end marker ends the data. */
const UNKNOWN_SIZE = 0x7fffffff;

/** Decompresses `.lzma` ("alone"): properties, dictionary size, size of the data (or −1), and one LZMA stream. It has no checksum. */
export function decompressLzmaAlone(bytes: Uint8Array, maxOutput: number): Uint8Array {
  if (bytes.length < HEADER + 5) throw damaged('lzma', 'the file ends too early');
  const declared = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(5, true);
  const isKnown = declared !== 0xffffffffffffffffn;
  if (isKnown && declared > BigInt(maxOutput)) throw outputLimit('lzma', maxOutput);
  if ((bytes[0] as number) >= 225) throw damaged('lzma', 'the properties of the compressed data are not possible');
  const output = isKnown ? new Output('lzma', Number(declared), Number(declared)) : new Output('lzma', maxOutput);
  const decoder = new LzmaDecoder('lzma', bytes, HEADER, output);
  decoder.setProperties(bytes[0] as number);
  decoder.startRange();
  decoder.decode(isKnown ? Number(declared) : UNKNOWN_SIZE, !isKnown);
  return output.finish();
}
