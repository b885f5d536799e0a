import { fail } from '@slipway/core/errors';

/** A repository of a container registry, and what of it is meant. */
export interface OciReference {
  /** `ghcr.io`, `127.0.0.1:5000`. */
  readonly host: string;
  /** `team/churn` */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:…` */
  readonly digest: string | undefined;
}

const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?';
const syntax = new RegExp(
  `^(${host})/(${part}(?:/${part})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

/** Reads `registry.example/team/churn:3`, `…@sha256:…`, either with `oci:` or `oci://` in front. USAGE when it is none. */
export function parseOciReference(text: string): OciReference {
  const match = syntax.exec(text.replace(/^oci:(?:\/\/)?/i, ''));
  const [, place = '', repository = '', tag, digest] = match ?? [];
  // Docker's short names mean its own registry; guessing that would send models to strangers.
  if (match && (/[.:]/.test(place) || place === 'localhost')) return { host: place, repository, tag, digest };
  throw fail('USAGE', {
    problem: `${JSON.stringify(text.slice(0, 200))} names no place in a container registry.`,
    advice: 'Write the host, a lower-case repository and a tag: registry.example/team/churn:3.',
  });
}

/** As a user writes it. */
export function showOciReference({ host: place, repository, tag, digest }: OciReference): string {
  return `${place}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Registries on this machine speak plain HTTP, as for Docker. */
export function isLocalHost(place: string): boolean {
  return /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(place);
}
