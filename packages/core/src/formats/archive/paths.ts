import { fail } from '../../errors/index.ts';

/**
 * Checks the names of an archive's entries: relative, with `/`, never leaving the folder they are unpacked to, and each
 * only once, because of two entries with one name readers disagree which one counts.
 */
export class ArchivePaths {
  readonly #format: string;
  readonly #seen = new Set<string>();

  constructor(format: string) {
    this.#format = format;
  }

  check(name: string): void {
    const problem = problemOf(name);
    if (problem) throw unsafeEntry(this.#format, name, problem);
    const path = name.replace(/\/$/, '').normalize('NFC');
    if (this.#seen.has(path)) throw unsafeEntry(this.#format, name, 'occurs twice');
    this.#seen.add(path);
  }
}

function problemOf(name: string): string | undefined {
  if (name === '' || name.length > 1024) return 'has no usable name';
  if (/^[/\\]/.test(name) || /^[A-Za-z]:/.test(name)) return 'has an absolute path';
  if (name.includes('\\')) return 'has a backslash in its path';
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'has control characters in its name';
  const parts = name.replace(/\/$/, '').split('/');
  if (parts.includes('..')) return 'leaves the folder of the archive';
  return parts.includes('') || parts.includes('.') ? 'has an empty part in its path' : undefined;
}

/** The error for an entry that an honest archive would not have. */
export function unsafeEntry(format: string, name: string, problem: string) {
  return fail('UNSAFE_ARCHIVE', { format, name: JSON.stringify(name.slice(0, 120)), problem });
}
