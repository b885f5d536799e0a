import { SlipwayError } from '@slipway/core/errors';
import type { Log } from '../telemetry/index.ts';
import type { LoadedVersions, UnloadReason } from './loaded-versions.ts';
import type { ModelSource } from './model-source.ts';
import type { ServedModel } from './served-model.ts';

/** A reference that moves may be resolved again so often before its answer is taken as it is. */
const MOST_TRIES = 5;

/**
 * What `churn`, `churn:3` and `churn@champion` mean at the moment. A reference that was resolved once answers without waiting;
 * when the source changes, all are resolved again in the background and switched when the new version is ready. While the
 * source is down, everything stays as it is.
 */
export class References {
  readonly #source: ModelSource;
  readonly #versions: LoadedVersions;
  readonly #log: Log;
  readonly #resolved = new Map<string, ServedModel>();
  readonly #pending = new Map<string, Promise<ServedModel>>();
  /** References that are being resolved again; true: once more after that. */
  readonly #following = new Map<string, boolean>();
  /** References that stay in memory, by who wants it. */
  readonly #pins = new Map<string, readonly string[]>();
  #changes = 0;
  #uses = 0;
  /** References that moved to another version. */
  switches = 0;

  constructor(source: ModelSource, versions: LoadedVersions, log: Log) {
    this.#source = source;
    this.#versions = versions;
    this.#log = log;
  }

  /** At once, for what is resolved. */
  get(ref: string): ServedModel | undefined {
    const model = this.#resolved.get(ref);
    if (model) model.lastUse = ++this.#uses;
    return model;
  }

  /** Resolves and loads; everybody who asks meanwhile waits for the same. */
  find(ref: string): Promise<ServedModel> {
    let pending = this.#pending.get(ref);
    if (!pending) {
      pending = this.#resolve(ref).finally(() => {
        this.#pending.delete(ref);
        void this.tidy('replaced');
      });
      this.#pending.set(ref, pending);
    }
    return pending;
  }

  /** Models in memory that a reference means. */
  models(): Set<ServedModel> {
    return new Set(this.#resolved.values());
  }

  /** Forgets what means the model, by any name; false where nothing does. */
  forget(isMeant: (ref: string, model: ServedModel) => boolean): boolean {
    const gone = [...this.#resolved].filter(([ref, model]) => isMeant(ref, model));
    for (const [ref] of gone) this.#resolved.delete(ref);
    return gone.length > 0;
  }

  /** Keeps what these references mean in memory from now on, in place of what the same owner pinned before. */
  pin(owner: string, refs: readonly string[]): void {
    this.#pins.set(owner, refs);
  }

  /** It is never unloaded to make room for another. */
  isPinned(model: ServedModel): boolean {
    return this.#pins.values().some((refs) => refs.some((ref) => this.#resolved.get(ref) === model));
  }

  /** Brings pinned versions into memory that are not there; what cannot be loaded is tried again after the next change. */
  async loadPins(): Promise<void> {
    for (const ref of new Set([...this.#pins.values()].flat())) {
      if (this.#resolved.has(ref)) continue;
      try {
        await this.find(ref);
      } catch (error) {
        this.#log.error('pinned model not loaded', { model: ref, error });
      }
    }
  }

  /** Resolves every known reference again; whatever fails keeps what it has. */
  async refresh(): Promise<void> {
    this.#changes++;
    // Whatever was wrong may have been put right; what still is wrong is told again.
    this.#versions.forgetProblems();
    await Promise.all([...this.#resolved.keys()].map((ref) => this.#follow(ref)));
    await this.loadPins();
    await this.tidy('replaced');
  }

  /** Gives back versions that no reference means. */
  tidy(reason: UnloadReason): Promise<void> {
    return this.#versions.keepOnly(this.models(), reason);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#pending.values());
    this.#resolved.clear();
  }

  async #resolve(ref: string): Promise<ServedModel> {
    for (let tries = 1; ; tries++) {
      const seen = this.#changes;
      const model = await this.#versions.claim(await this.#source.resolve(ref), { mayWait: !this.#isPin(ref) });
      // The source changed while it was loading: the reference may mean another version by now.
      const isCurrent = seen === this.#changes || tries === MOST_TRIES;
      if (isCurrent) {
        model.lastUse = ++this.#uses;
        this.#resolved.set(ref, model);
      }
      this.#versions.release(model);
      if (isCurrent) return model;
    }
  }

  /** One after the other for each reference: an older answer of the source never comes after a newer one. */
  async #follow(ref: string): Promise<void> {
    const isBusy = this.#following.has(ref);
    this.#following.set(ref, isBusy);
    if (isBusy) return;
    try {
      do {
        this.#following.set(ref, false);
        await this.#switch(ref);
      } while (this.#following.get(ref) === true);
    } finally {
      this.#following.delete(ref);
    }
  }

  async #switch(ref: string): Promise<void> {
    const before = this.#resolved.get(ref);
    if (!before) return;
    // It answers until the next one does: no room is made by sending it away.
    const release = before.hold();
    try {
      const version = await this.#source.resolve(ref);
      if (`${version.model}:${version.version}` === before.label && version.digest === before.digest) return;
      const model = await this.#versions.claim(version, { mayWait: false });
      if (this.#resolved.has(ref)) {
        model.lastUse = ++this.#uses;
        this.#resolved.set(ref, model);
        this.switches++;
        this.#log.info('model switched', { ref, from: before.label, to: model.label });
      }
      this.#versions.release(model);
    } catch (error) {
      if (error instanceof SlipwayError && error.status === 404) this.#resolved.delete(ref);
    } finally {
      release();
    }
  }

  #isPin(ref: string): boolean {
    return this.#pins.values().some((refs) => refs.includes(ref));
  }
}
