import { fail } from '@slipway/core/errors';
import type { Scope } from '@slipway/core/protocols';
import { allows, allowsSome, grantText, type Grant } from './scope.ts';

/** Who calls, and what they may do. */
export class Principal {
  /** Id of the key, or `oidc:<subject>`: for logs and the audit. */
  readonly name: string;
  readonly grants: readonly Grant[];

  constructor(name: string, grants: readonly Grant[]) {
    this.name = name;
    this.grants = grants;
  }

  /** Whether the scope is there for this model; without a model, for at least one. */
  may(scope: Scope, model?: string): boolean {
    return model === undefined ? allowsSome(this.grants, scope) : allows(this.grants, scope, model);
  }

  /** FORBIDDEN when the scope is missing; the answer is the same whether or not there is such a model. */
  require(scope: Scope, model?: string): void {
    if (this.may(scope, model)) return;
    const needed = grantText({ scope, model });
    const held = this.grants.map(grantText).join(', ') || 'nothing';
    throw fail('FORBIDDEN', { needed, held });
  }

  /** FORBIDDEN unless the scope holds for every model. */
  requireAll(scope: Scope): void {
    if (!allows(this.grants, scope, undefined))
      throw fail('FORBIDDEN', { needed: scope, held: this.grants.map(grantText).join(', ') || 'nothing' });
  }
}
