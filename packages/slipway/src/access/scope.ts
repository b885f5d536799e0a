import { fail } from '@slipway/core/errors';
import type { Scope } from '@slipway/core/protocols';

/** What a key may do, from little to much. */
export const scopes: readonly Scope[] = ['predict', 'read', 'write', 'deploy', 'admin'];

/** What else a scope allows: whoever changes something has to see it. */
const includes: Readonly<Record<Scope, readonly Scope[]>> = {
  predict: ['predict'],
  read: ['read'],
  write: ['write', 'read'],
  deploy: ['deploy', 'read'],
  admin: scopes,
};

/** A scope on one model, on all whose names begin alike (`churn-*`), or on everything. */
export interface Grant {
  readonly scope: Scope;
  /** A name, a beginning with `*`, or undefined for every model. */
  readonly model: string | undefined;
}

const pattern = /^([a-z]+)(?::([A-Za-z0-9][A-Za-z0-9._-]{0,127}\*?|\*))?$/;

/** Reads `predict`, `predict:churn`, `read:churn-*`; INVALID_REQUEST for anything else. */
export function parseGrant(text: string): Grant {
  const [, scope = '', model] = pattern.exec(text) ?? [];
  if (!isScope(scope)) {
    throw fail('INVALID_REQUEST', {
      problem: `${JSON.stringify(text.slice(0, 100))} is no scope; expected ${scopes.join(', ')}, each optionally bound to a model as in predict:churn.`,
    });
  }
  if (scope === 'admin' && model !== undefined && model !== '*')
    throw fail('INVALID_REQUEST', { problem: 'The scope admin cannot be bound to a model; it manages keys.' });
  return { scope, model: model === '*' ? undefined : model };
}

/** `predict:churn` */
export function grantText({ scope, model }: Grant): string {
  return model === undefined ? scope : `${scope}:${model}`;
}

/** True when one of the grants covers the scope on the model; without a model, on every model. */
export function allows(grants: readonly Grant[], scope: Scope, model: string | undefined): boolean {
  return grants.some((grant) => includes[grant.scope].includes(scope) && covers(grant.model, model));
}

/** True when the scope is there for at least one model. */
export function allowsSome(grants: readonly Grant[], scope: Scope): boolean {
  return grants.some((grant) => includes[grant.scope].includes(scope));
}

function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text);
}

function covers(granted: string | undefined, model: string | undefined): boolean {
  if (granted === undefined) return true;
  if (model === undefined) return false;
  return granted.endsWith('*') ? model.startsWith(granted.slice(0, -1)) : granted === model;
}
