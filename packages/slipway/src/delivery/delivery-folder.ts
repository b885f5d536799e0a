import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';

/** Written into every delivered folder: what it is, so that the next build may replace it and nothing else. */
export const deliveryMark = 'slipway-delivery.json';

/** `slipway-delivery.json`. No clock and no path is in it: the same model and options give the same bytes. */
export interface DeliveryMark {
  readonly target: string;
  readonly model: string;
  /** Of the package. */
  readonly digest: string;
  readonly slipway: string;
  /** SHA-256 of each planned file, by path. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Refuses to replace a folder that Slipway did not write, or whose files were changed since. An empty folder and a missing
 * one are free.
 */
export function checkReplaceable(path: string, shown: string): void {
  if (!existsSync(path)) return;
  const hint = 'Choose another folder, or add --force to replace it with all that is in it.';
  if (!statSync(path).isDirectory()) {
    throw fail('CONFLICT', { problem: `${shown} is a file.` }, { hint: 'Name a folder.' });
  }
  if (readdirSync(path).length === 0) return;
  const files = filesOfMark(join(path, deliveryMark));
  if (!files) {
    throw fail(
      'CONFLICT',
      { problem: `${shown} is there already and was not written by \`slipway build\`.` },
      { hint },
    );
  }
  for (const [name, digest] of files) {
    const file = join(path, name);
    if (!existsSync(file) || hashOf(readFileSync(file)) === digest) continue;
    throw fail('CONFLICT', { problem: `${shown}/${name} was changed since it was written.` }, { hint });
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function filesOfMark(path: string): [string, unknown][] | undefined {
  try {
    const mark: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const { files } = Object(mark) as Record<string, unknown>;
    return typeof files === 'object' && files !== null ? Object.entries(files) : undefined;
  } catch {
    return undefined;
  }
}
