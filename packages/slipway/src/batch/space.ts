import { fail } from '@slipway/core/errors';

/** Does something that writes; a full disk, a quota or a limit of the file's size is NO_SPACE. */
export function spaceErrors<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') throw fail('NO_SPACE', { path }, { cause });
    throw cause;
  }
}
