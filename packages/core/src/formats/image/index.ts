import { fail } from '../../errors/index.ts';
import { portableInflate, type Inflate } from '../compression/index.ts';
import { decodeJpeg } from './jpeg/index.ts';
import type { Picture } from './picture.ts';
import { decodePng } from './png.ts';

export { orientationOf } from './orientation.ts';
export { pictureLimits, type Picture } from './picture.ts';

const signatures: readonly (readonly [name: string, at: number, text: string])[] = [
  ['PNG', 0, '\x89PNG\r\n\x1a\n'],
  ['JPEG', 0, '\xff\xd8\xff'],
  ['GIF', 0, 'GIF8'],
  ['WebP', 8, 'WEBP'],
  ['BMP', 0, 'BM'],
  ['TIFF', 0, 'II*\0'],
  ['TIFF', 0, 'MM\0*'],
  ['AVIF or HEIC', 4, 'ftyp'],
];

/** The format of a picture by its first bytes; undefined when it is none that is known. */
export function pictureKind(bytes: Uint8Array): string | undefined {
  const found = signatures.find(([, at, text]) =>
    Array.from(text).every((letter, i) => bytes[at + i] === letter.charCodeAt(0)),
  );
  return found?.[0];
}

/** Decodes a PNG or JPEG as Pillow opens it. Throws coded errors for anything else. */
export function decodePicture(bytes: Uint8Array, inflate: Inflate = portableInflate): Picture {
  const kind = pictureKind(bytes);
  if (kind === 'PNG') return decodePng(bytes, inflate);
  if (kind === 'JPEG') return decodeJpeg(bytes);
  throw fail('UNSUPPORTED_FORMAT', {
    what: kind === undefined ? 'What came in place of a picture' : `A ${kind} picture`,
    why: 'pictures are PNG or JPEG.',
    advice: 'Save the picture as PNG or JPEG.',
  });
}
