import { fail } from '../../errors/index.ts';

/** A decoded picture: 8 bits a sample, row by row, channels side by side. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** L is gray. CMYK as Pillow holds it: 0 is no ink. Transparency is not kept. */
  readonly mode: 'L' | 'RGB' | 'CMYK';
  readonly data: Uint8Array;
}

/** What one picture may take: more pixels than cameras have are a bomb or a mistake. */
export const pictureLimits = { pixels: 64_000_000, side: 65_500 };

/** Checks what a header claims, before anything is allocated. */
export function checkSize(format: string, width: number, height: number): void {
  if (width < 1 || height < 1) throw damaged(format, `it claims to be ${width} × ${height} pixels`);
  if (width * height <= pictureLimits.pixels && Math.max(width, height) <= pictureLimits.side) return;
  throw fail('LIMIT_EXCEEDED', {
    format,
    what: `a picture of ${width} × ${height} pixels`,
    limit: `${pictureLimits.pixels / 1_000_000} million pixels`,
  });
}

export function damaged(format: string, problem: string) {
  return fail(
    'CORRUPT_FILE',
    { format, problem },
    { hint: 'The picture is damaged or incomplete. Save or send it again.' },
  );
}

export function unsupported(what: string, why: string) {
  return fail('UNSUPPORTED_FORMAT', { what, why, advice: 'Save the picture as PNG or as an ordinary JPEG.' });
}
