import { auditStatement, type Actor } from '../access/index.ts';
import type { Signature } from '../oci/index.ts';
import type { RowStore } from '../stores/index.ts';

/** Signatures over packages. They are no part of a package: it keeps its digest, whoever signs it. */
export class SignatureStore {
  readonly #rows: RowStore;
  readonly #now: () => Date;

  constructor(rows: RowStore, now: () => Date) {
    this.#rows = rows;
    this.#now = now;
  }

  /** Keeps signatures of the package with this digest; those that are known already are passed by. */
  async add(digest: string, signatures: readonly Signature[], actor: Actor): Promise<void> {
    if (signatures.length === 0) return;
    const at = this.#now().toISOString();
    await this.#rows.write([
      ...signatures.map(({ signature, payload }) => ({
        sql: `INSERT INTO signatures (digest, signature, payload, at) VALUES (?, ?, ?, ?)
          ON CONFLICT (digest, signature) DO NOTHING`,
        values: [digest, signature, payload, at],
      })),
      auditStatement(actor, 'package.sign', digest, at, { signatures: signatures.length }),
    ]);
  }

  async of(digest: string): Promise<Signature[]> {
    const rows = await this.#rows.read('SELECT signature, payload FROM signatures WHERE digest = ? ORDER BY at', [
      digest,
    ]);
    return rows.map((row) => ({ signature: String(row['signature']), payload: String(row['payload']) }));
  }
}
