import { fail } from '@slipway/core/errors';
import { parseRate } from '../access/index.ts';
import type { Settings } from '../config/index.ts';
import type { ServerOptions } from '../server/index.ts';

/** Who may call and how, from the settings; USAGE where one of them makes no sense without another. */
export function accessOf(values: Settings): Pick<ServerOptions, 'auth' | 'oidc' | 'tls' | 'corsOrigin'> {
  return { auth: values.auth, oidc: oidcOf(values), tls: tlsOf(values), corsOrigin: values['cors-origin'] };
}

function oidcOf(values: Settings): ServerOptions['oidc'] {
  const { auth } = values;
  const issuer = values['oidc-issuer'];
  if (auth !== 'oidc') {
    if (issuer === undefined) return undefined;
    throw fail('USAGE', {
      problem: `--oidc-issuer is set, but tokens are not taken with --auth ${auth ?? 'unset'}.`,
      advice: 'Add --auth oidc (SLIPWAY_AUTH=oidc); keys go on working beside it.',
    });
  }
  if (issuer === undefined) {
    throw fail('USAGE', {
      problem: '--auth oidc needs --oidc-issuer.',
      advice: 'For example --oidc-issuer https://login.example/realms/ml --oidc-audience slipway.',
    });
  }
  const audiences = (values['oidc-audience'] ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '');
  return {
    issuer,
    audiences,
    jwks: values['oidc-jwks'],
    claim: values['oidc-claim'],
    mapping: values['oidc-scopes'],
    rate: rateOf(values, 'oidc-rate'),
    quota: rateOf(values, 'oidc-quota'),
  };
}

/** Told at the start, like all that is wrong with a setting. */
function rateOf(values: Settings, name: 'oidc-rate' | 'oidc-quota'): string | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  try {
    return parseRate(text).text;
  } catch (cause) {
    throw fail(
      'USAGE',
      { problem: `--${name}: ${(cause as Error).message}`, advice: `For example --${name} 100/s.` },
      { cause },
    );
  }
}

/** The certificate files that the settings name; undefined for a server that speaks HTTP. */
export function tlsOf(values: Settings): ServerOptions['tls'] {
  const cert = values['tls-cert'];
  const key = values['tls-key'];
  const clientCa = values['tls-client-ca'];
  if (cert !== undefined && key !== undefined) return { cert, key, clientCa };
  if (cert === undefined && key === undefined && clientCa === undefined) return undefined;
  const missing = cert === undefined ? '--tls-cert' : '--tls-key';
  throw fail('USAGE', {
    problem: `${missing} is missing.`,
    advice: '--tls-cert and --tls-key belong together; --tls-client-ca needs both.',
  });
}
