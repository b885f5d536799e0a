import { fail } from '@slipway/core/errors';
import type { Keyring } from './keyring.ts';
import type { Oidc } from './oidc/index.ts';
import type { Principal } from './principal.ts';
import { idOf } from './secret.ts';

/** Who is behind the text that came with a request; UNAUTHENTICATED when nobody is. */
export interface Credentials {
  /** At once where nothing has to be asked for. */
  authenticate(text: string): Principal | Promise<Principal>;
}

/** Keys of this server, and tokens of an identity provider beside them. */
export class Authority implements Credentials {
  readonly #keyring: Keyring | undefined;
  readonly #oidc: Oidc;

  constructor(keyring: Keyring | undefined, oidc: Oidc) {
    this.#keyring = keyring;
    this.#oidc = oidc;
  }

  authenticate(text: string): Principal | Promise<Principal> {
    if (idOf(text) === undefined) return this.#oidc.authenticate(text);
    if (this.#keyring) return this.#keyring.authenticate(text);
    throw fail('UNAUTHENTICATED', { problem: 'The key is not valid.' });
  }
}
