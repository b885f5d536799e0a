import { posix } from 'node:path';
import { pythonJson, pythonLength, pythonRepr } from './python-text.ts';
import { invalid } from './refuse.ts';

const NAME = /^[/\w.\- :]*$/u;
const WORDS = /[\p{L}\p{N}]/u;

/** `Invalid value "x" for parameter 'key' supplied: …` */
export function invalidValue(path: string, value: unknown, message?: string): string {
  const text = `Invalid value ${pythonJson(value)} for parameter '${path}' supplied`;
  return message === undefined ? `${text}.` : `${text}: ${message}`;
}

export function missingValue(path: string): string {
  return `Missing value for required parameter '${path}'.`;
}

/** A name of a parameter, metric or tag. `path` is where it stood: `params[3].key`. */
export function checkKey(name: string, path = 'key'): void {
  // Nearly all names: no path can be read into them.
  if (/^[\w-][\w.\- :]*$/.test(name)) return;
  if (!isKeyText(name)) {
    const allowed =
      'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';
    throw invalid(invalidValue(path, name, allowed));
  }
  if (isPathLike(name)) throw invalid(invalidValue(path, name, badPath(name)));
}

/** True for names that stand for another one when they are taken for a file. */
export function isPathLike(name: string): boolean {
  const normal = normalPath(name);
  return normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/');
}

export function badPath(name: string): string {
  return `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to ${pythonRepr(normalPath(name))}`;
}

export function checkLength(what: string, limit: number, value: string): void {
  if (value.length > limit && pythonLength(value) > limit)
    throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/** Cut to the limit, as MLflow's server does with values. */
export function truncated(value: string, limit: number): string {
  if (value.length <= limit || pythonLength(value) <= limit) return value;
  return Array.from(value).slice(0, limit).join('');
}

const RUN_ID = /^[a-zA-Z0-9][\w-]{0,255}$/;

export function checkRunId(runId: string, path = 'run_id'): void {
  if (!RUN_ID.test(runId)) throw invalid(invalidValue(path, runId));
}

/** Python's `\w` takes letters and digits of every script, JavaScript's only those of ASCII. */
function isKeyText(name: string): boolean {
  if (NAME.test(name)) return true;
  for (const char of name) if (!/[/\w.\- :]/.test(char) && !WORDS.test(char)) return false;
  return true;
}

/** Python's `posixpath.normpath`: no slash stays at the end, and two at the start do. */
function normalPath(name: string): string {
  if (name === '') return '.';
  const normal = posix.normalize(name);
  const cut = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
  return /^\/\/(?!\/)/.test(name) ? `/${cut}` : cut;
}
