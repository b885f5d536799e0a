import { SlipwayError } from '@slipway/core/errors';
import type { Terminal } from './terminal.ts';

/**
 * Tells a failure and gives the exit code: 2 for wrong usage, 1 for everything else. A bug shows no stack unless
 * `SLIPWAY_DEBUG=1` asks for it.
 */
export function reportError(error: unknown, terminal: Terminal, json: boolean, debug: boolean): number {
  const known = error instanceof SlipwayError ? error : systemError(error);
  if (json) {
    terminal.printJson(known ? known.toJSON() : unexpected(error));
  } else if (known) {
    terminal.say(`${terminal.errStyle('red', `error[${known.code}]`)}: ${known.message}`);
    terminal.say(`${terminal.errStyle('cyan', 'hint')}: ${known.hint}`);
  } else {
    terminal.say(`${terminal.errStyle('red', 'error[INTERNAL]')}: ${describe(error)}`);
    terminal.say(
      `${terminal.errStyle('cyan', 'hint')}: This is a bug in Slipway. Run it again with SLIPWAY_DEBUG=1 and report what it prints.`,
    );
  }
  if (debug) terminal.say(stackOf(error));
  return known?.code === 'USAGE' ? 2 : 1;
}

/** What the operating system refuses is no bug: no space, no rights. */
function systemError(error: unknown): SlipwayError | undefined {
  const { code, path } = Object(error) as NodeJS.ErrnoException;
  const advice: Readonly<Record<string, string>> = {
    ENOSPC: 'The disk is full: make room, or choose another --home.',
    EDQUOT: 'Your quota on this disk is used up: make room, or choose another --home.',
    EACCES: 'You have no right to do this: check the owner of the file, or choose another --home.',
    EPERM: 'You have no right to do this: check the owner of the file, or choose another --home.',
    EROFS: 'The disk is read-only: choose another --home.',
    ENOENT: 'Check the path.',
    EISDIR: 'Give the path of a file.',
    EEXIST: 'A file is where a folder should be: choose another path.',
    ENOTDIR: 'A part of the path is a file, not a folder.',
    EMFILE: 'Too many open files: raise the limit with ulimit -n.',
  };
  const hint = code === undefined ? undefined : advice[code];
  if (hint === undefined) return undefined;
  const problem = `${describe(error)}${path === undefined || describe(error).includes(path) ? '' : ` (${path})`}`;
  return new SlipwayError('INVALID_REQUEST', problem, hint, { cause: error });
}

function unexpected(error: unknown): Record<string, unknown> {
  return {
    type: 'urn:slipway:error:INTERNAL',
    title: 'Internal error',
    status: 500,
    code: 'INTERNAL',
    detail: describe(error),
    hint: 'This is a bug in Slipway. Run it again with SLIPWAY_DEBUG=1 and report what it prints.',
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? String(error.stack) : `${String(error.stack)}\ncaused by: ${stackOf(error.cause)}`;
}
