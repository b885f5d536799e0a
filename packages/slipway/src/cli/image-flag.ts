import { existsSync, readFileSync } from 'node:fs';
import { fail } from '@slipway/core/errors';
import type { DeclaredImage } from '@slipway/core/pre';
import type { Flags } from './arguments.ts';
import type { Flag } from './command.ts';

export const imageFlag: Flag = {
  name: 'image',
  value: 'SPEC',
  help: 'Take pictures: imagenet, clip, tf, unit, raw, or a JSON file such as preprocessor_config.json.',
};

/** What `--image` says: the name of a preset, or the object of a JSON file or of JSON text. */
export function imageOption(flags: Flags): DeclaredImage | undefined {
  const given = flags.text('image');
  if (given === undefined) return undefined;
  const isText = given.trimStart().startsWith('{');
  if (!isText && !existsSync(given)) {
    if (/[./\\]/.test(given)) throw fail('FILE_NOT_FOUND', { path: given });
    return given;
  }
  try {
    const value: unknown = JSON.parse(isText ? given : readFileSync(given, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value));
  } catch (cause) {
    throw notJson(given, cause);
  }
  throw notJson(given);
}

function notJson(given: string, cause?: unknown) {
  return fail(
    'USAGE',
    {
      problem: `--image ${given.slice(0, 80)} is no JSON object.`,
      advice: 'Give imagenet, clip, tf, unit, raw, a JSON file or JSON text.',
    },
    { cause },
  );
}
