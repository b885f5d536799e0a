import { readFileSync } from 'node:fs';
import { fail, SlipwayError } from '@slipway/core/errors';
import { parseGrant, type Grant } from '../scope.ts';

/** What the values of a claim allow. */
export type Mapping = (values: readonly string[]) => readonly Grant[];

/** Values that are scopes are taken as such; others (`openid`, groups of other programs) allow nothing. */
export const literalMapping: Mapping = (values) => values.flatMap((value) => grantOf(value) ?? []);

/**
 * Reads `ml-team=deploy+predict, shop=predict:churn`, or the path of a JSON file: `{"ml-team": ["deploy", "predict"]}`.
 * A value that is not mapped allows nothing. USAGE names what is wrong.
 */
export function readMapping(text: string): Mapping {
  const grants = /\.json$/i.test(text.trim()) ? readFile(text.trim()) : readPairs(text);
  return (values) => values.flatMap((value) => grants.get(value) ?? []);
}

/** Values of a claim: an array of texts, or one text with spaces between. */
export function valuesOf(payload: Readonly<Record<string, unknown>>, claim: string): string[] {
  const value = Object.hasOwn(payload, claim) ? payload[claim] : atPath(payload, claim.split('.'));
  if (typeof value === 'string') return value.split(/\s+/).filter((part) => part !== '');
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function atPath(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined) return value;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return atPath((value as Record<string, unknown>)[name], rest);
}

function readPairs(text: string): Map<string, readonly Grant[]> {
  const grants = new Map<string, readonly Grant[]>();
  for (const pair of text.split(',')) {
    // The name of a group may be a URL with "=" in it: scopes have none.
    const at = pair.lastIndexOf('=');
    const group = pair.slice(0, Math.max(0, at)).trim();
    if (group === '') throw wrong(`expected GROUP=SCOPE[+SCOPE], received ${JSON.stringify(pair.slice(0, 100))}`);
    grants.set(group, readScopes(group, pair.slice(at + 1).split('+'), grants.get(group)));
  }
  return grants;
}

function readFile(path: string): Map<string, readonly Grant[]> {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw fail('FILE_NOT_FOUND', { path }, { cause });
    throw wrong(`${path} is no JSON file (${(cause as Error).message})`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw wrong(`${path}: expected an object from group to scopes`);
  const grants = new Map<string, readonly Grant[]>();
  for (const [group, scopes] of Object.entries(document)) {
    const list: unknown[] = Array.isArray(scopes) ? scopes : [scopes];
    if (!list.every((scope) => typeof scope === 'string'))
      throw wrong(`${path}, ${JSON.stringify(group)}: expected a scope or an array of scopes`);
    grants.set(group, readScopes(group, list));
  }
  return grants;
}

function readScopes(group: string, texts: readonly string[], before: readonly Grant[] = []): readonly Grant[] {
  const own = texts.map((text) => {
    const grant = grantOf(text.trim());
    if (grant) return grant;
    throw wrong(`${JSON.stringify(group)}: ${JSON.stringify(text.slice(0, 100))} is no scope`);
  });
  return [...before, ...own];
}

function grantOf(text: string): Grant | undefined {
  try {
    return parseGrant(text);
  } catch (error) {
    if (error instanceof SlipwayError) return undefined;
    throw error;
  }
}

function wrong(problem: string) {
  return fail('USAGE', {
    problem: `--oidc-scopes: ${problem}.`,
    advice:
      'For example --oidc-scopes "ml-team=deploy+predict,shop=predict:churn", or a file like {"ml-team": ["deploy"]}.',
  });
}
