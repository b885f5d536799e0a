export { decompress, decompressOne, type Decompressed } from './decompress.ts';
export { detectCompression, type Compression } from './detect.ts';
export type { Inflate } from './port.ts';
export { portableInflate } from './portable-inflate.ts';
