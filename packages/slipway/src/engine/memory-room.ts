import { setTimeout as wait } from 'node:timers/promises';
import { fail, type SlipwayError } from '@slipway/core/errors';
import type { Log } from '../telemetry/index.ts';

/** What models may take, all in all. */
export interface MemoryLimits {
  /** Versions of the source in memory. */
  readonly maxLoaded: number;
  /** Bytes of all models; no limit unless given. */
  readonly budgetBytes: number | undefined;
  /** How long a request waits for room; 10 s unless told. */
  readonly waitMs?: number | undefined;
}

/** Somebody who takes room. */
export interface Tenant {
  bytes: number;
}

export interface RoomOptions<T extends Tenant> {
  readonly log: Log;
  /** Whoever may go first; undefined while everybody is needed. `atOnce`: also who has just come. */
  readonly leastUsed: (atOnce: boolean) => T | undefined;
  /** Resolves when the memory is given back. */
  readonly drop: (tenant: T) => Promise<void>;
}

const WAIT_MS = 10_000;
/** How often a request that waits for room looks again. */
const LOOK_MS = 20;
/** How often a server above its budget tries to come below. */
const SHRINK_MS = 250;

/**
 * Keeps models within a number and a budget of bytes. Whoever is needed is never sent away: room is made by those that were
 * not used the longest, and where there are none, a request waits, and is OVERLOADED in the end.
 */
export class MemoryRoom<T extends Tenant> {
  readonly #limits: MemoryLimits;
  readonly #options: RoomOptions<T>;
  #bytes = 0;
  #tenants = 0;
  #reserved = { bytes: 0, tenants: 0 };
  /** Those that were sent away and are still answering. */
  #leaving = { bytes: 0, tenants: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: MemoryLimits, options: RoomOptions<T>) {
    this.#limits = limits;
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get budgetBytes(): number | undefined {
    return this.#limits.budgetBytes;
  }

  /** So much would not fit if it were alone. */
  isBeyond(bytes: number): boolean {
    return bytes > (this.#limits.budgetBytes ?? Infinity);
  }

  tooLarge(what: string, bytes: number): SlipwayError {
    return fail('MODEL_TOO_LARGE', {
      model: what,
      needed: sizeText(bytes),
      budget: sizeText(this.#limits.budgetBytes ?? 0),
    });
  }

  /** Makes room for what will take about so much; OVERLOADED when nobody could go for too long. */
  async reserve(what: string, bytes: number, mayWait: boolean): Promise<void> {
    const { waitMs = WAIT_MS } = this.#limits;
    const until = performance.now() + waitMs;
    // A guess above the budget waits until the model is alone.
    const needed = Math.min(bytes, this.#limits.budgetBytes ?? Infinity);
    while (!this.#fits(needed, 1)) {
      const tenant = this.#willFit(needed, 1) ? undefined : this.#options.leastUsed(!mayWait);
      if (tenant) await this.#send(tenant);
      else if (!mayWait && !this.#willFit(needed, 1)) {
        this.#options.log.warn('models take more than the limits', { model: what, bytes: this.#bytes + bytes });
        break;
      } else if (performance.now() > until) throw this.#full(what);
      else await wait(LOOK_MS);
    }
    this.#reserved.bytes += bytes;
    this.#reserved.tenants++;
  }

  unreserve(bytes: number): void {
    this.#reserved.bytes -= bytes;
    this.#reserved.tenants--;
  }

  /** `tenants` 0: what does not count towards the number of versions. */
  occupy(bytes: number, tenants = 1): void {
    this.#bytes += bytes;
    this.#tenants += tenants;
  }

  vacate(bytes: number, tenants = 1): void {
    this.#bytes -= bytes;
    this.#tenants -= tenants;
  }

  /** Sends away whoever may go until all is within the limits; tries again later where nobody may. */
  async shrink(): Promise<void> {
    clearTimeout(this.#timer);
    while (!this.#fits(0, 0)) {
      const tenant = this.#willFit(0, 0) ? undefined : this.#options.leastUsed(true);
      if (!tenant) {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.shrink(), SHRINK_MS);
        this.#timer.unref();
        return;
      }
      await this.#send(tenant);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #send(tenant: T): Promise<void> {
    const { bytes } = tenant;
    this.#leaving.bytes += bytes;
    this.#leaving.tenants++;
    await this.#options.drop(tenant);
    this.#leaving.bytes -= bytes;
    this.#leaving.tenants--;
  }

  #fits(bytes: number, tenants: number): boolean {
    const { maxLoaded, budgetBytes = Infinity } = this.#limits;
    return (
      this.#tenants + this.#reserved.tenants + tenants <= maxLoaded &&
      this.#bytes + this.#reserved.bytes + bytes <= budgetBytes
    );
  }

  /** As soon as everybody has gone who was sent away. */
  #willFit(bytes: number, tenants: number): boolean {
    return this.#fits(bytes - this.#leaving.bytes, tenants - this.#leaving.tenants);
  }

  #full(what: string): SlipwayError {
    const problem = `There is no room for ${what}: every model in memory is pinned or in use.`;
    return fail('OVERLOADED', { problem }, { retryAfter: 1 });
  }
}

/** `1.9 GB`, `512 MB` */
function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.ceil(bytes / 1e3)} kB`;
}
