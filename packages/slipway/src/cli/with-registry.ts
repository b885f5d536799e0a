import { fail } from '@slipway/core/errors';
import { openHome, openRegistry, parseReference, type Home, type Reference, type Registry } from '../registry/index.ts';

/** Opens the registry of the home folder for one command. */
export async function withRegistry<T>(home: string, use: (registry: Registry) => Promise<T>): Promise<T> {
  const registry = await openRegistry({ home, thread: 'inline' });
  try {
    return await use(registry);
  } finally {
    await registry.close();
  }
}

/** Opens everything in the home folder for one command. */
export async function withHome<T>(folder: string, use: (home: Home) => Promise<T>): Promise<T> {
  const home = await openHome({ home: folder, thread: 'inline' });
  try {
    return await use(home);
  } finally {
    await home.close();
  }
}

/** A registry reference that a user wrote. */
export function referenceOf(text: string): Reference {
  const reference = parseReference(text);
  if (reference) return reference;
  throw fail('USAGE', {
    problem: `${JSON.stringify(text)} is no reference to a registered model.`,
    advice: 'Write churn (the newest version), churn:3, churn@champion or churn@sha256:….',
  });
}

/** `2026-01-31 08:15` */
export function shortTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `sha256:0123456789ab` */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

/** One of the facts of a version, for a table. */
export function fact(facts: Readonly<Record<string, unknown>>, name: string): string {
  const value = facts[name];
  return typeof value === 'string' && value !== '' ? value : '-';
}
