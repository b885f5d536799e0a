import { fail } from '../errors/index.ts';

/**
 * Refuses a path that could leave its folder or mean different files on different systems: absolute paths, `..`,
 * empty segments, backslashes, colons, control characters, segments beyond 255 characters.
 */
export function checkPath(path: string): void {
  const problem = problemOf(path);
  if (problem) throw fail('PACKAGE_CORRUPT', { path: JSON.stringify(path.slice(0, 200)), problem });
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'a file has no name';
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\:]/.test(path)) return 'the path holds a character that is not allowed';
  for (const segment of path.split('/')) {
    if (segment === '') return 'the path is absolute or has an empty part';
    if (segment === '.' || segment === '..') return 'the path leads out of the package';
    if (segment.length > 255) return 'a part of the path is too long';
  }
  return undefined;
}
