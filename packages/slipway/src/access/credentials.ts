import { fail } from '@slipway/core/errors';
import type { Keyring } from './keyring.ts';
import type { Oidc } from './oidc/index.ts';
import type { Principal } from './principal.ts';
import { idOf } from './secret.ts';
import { Usage, type UseLimits } from './usage.ts';

/** How the names of subjects begin. */
const SUBJECT = 'oidc:';

/** Who is behind the text that came with a request; UNAUTHENTICATED when nobody is. */
export interface Credentials {
  /** At once where nothing has to be asked for. */
  authenticate(text: string): Principal | Promise<Principal>;
  /** The same for what needs no key: it counts towards no limit. */
  identify(text: string): Principal | Promise<Principal>;
}

/** Keys of this server, and tokens of an identity provider beside them. */
export class Authority implements Credentials {
  readonly #keyring: Keyring | undefined;
  readonly #oidc: Oidc;
  readonly #usage: Usage;
  readonly #limits: UseLimits;

  /** `limits`: what each subject may ask. */
  constructor(keyring: Keyring | undefined, oidc: Oidc, limits: UseLimits) {
    this.#keyring = keyring;
    this.#oidc = oidc;
    this.#usage = keyring?.usage ?? new Usage(undefined);
    this.#limits = limits;
    this.#usage.limitAll(SUBJECT, limits);
  }

  authenticate(text: string): Principal | Promise<Principal> {
    if (idOf(text) !== undefined) return this.#keys().authenticate(text);
    const found = this.#oidc.authenticate(text);
    return found instanceof Promise ? found.then((principal) => this.#counted(principal)) : this.#counted(found);
  }

  identify(text: string): Principal | Promise<Principal> {
    return idOf(text) === undefined ? this.#oidc.authenticate(text) : this.#keys().identify(text);
  }

  #counted(principal: Principal): Principal {
    this.#usage.take(principal.name, this.#limits, Date.now());
    return principal;
  }

  #keys(): Keyring {
    if (this.#keyring) return this.#keyring;
    throw fail('UNAUTHENTICATED', { problem: 'The key is not valid.' });
  }
}
