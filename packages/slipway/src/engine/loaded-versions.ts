import { fail, SlipwayError } from '@slipway/core/errors';
import type { Log } from '../telemetry/index.ts';
import type { ModelStatus } from './started-models.ts';
import { MemoryRoom, type MemoryLimits, type Tenant } from './memory-room.ts';
import type { ModelSource, VersionInfo } from './model-source.ts';
import type { ServedModel } from './served-model.ts';

/** Of versions that cannot be loaded. */
const MOST_PROBLEMS = 100;
/** So many times the time of loading a version stays at least, so that loading takes a tenth of the time at most. */
const STAY = 10;
/** And no longer than this. */
const LONGEST_STAY_MS = 5000;

/** Bytes in memory for one of the package, until it was loaded once. */
const FIRST_GUESS = 2;

/** Why a version left the memory. */
export type UnloadReason = 'budget' | 'replaced' | 'request';

/** A version in memory or on its way there. */
interface Held extends Tenant {
  readonly key: string;
  readonly label: string;
  loading: Promise<ServedModel>;
  model: ServedModel | undefined;
  /** Who waits for it and has not put it under a reference yet. */
  claims: number;
  staysUntil: number;
}

export interface LoadPurpose {
  /** A request waits for room, and is refused when there is none; pinned versions and switches load anyway. */
  readonly mayWait: boolean;
}

/** Whoever gives names to versions. */
export interface VersionOwner {
  readonly isPinned: (model: ServedModel) => boolean;
  /** The references to a version must go, because its memory does. */
  readonly onEvict: (model: ServedModel) => void;
}

/** Versions of the source in memory: each is loaded once, and gives its memory back when nothing means it or others need it. */
export class LoadedVersions {
  readonly #source: ModelSource | undefined;
  readonly #log: Log;
  readonly #room: MemoryRoom<Held>;
  readonly #onEvict: (model: ServedModel) => void;
  readonly #held = new Map<string, Held>();
  readonly #problems = new Map<string, string>();
  /** What versions took when they were loaded before, by digest. */
  readonly #sizes = new Map<string, number>();
  readonly counts = { loads: 0, loadFailures: 0, loadSeconds: 0 };
  readonly unloads: Record<UnloadReason, number> = { budget: 0, replaced: 0, request: 0 };

  constructor(source: ModelSource | undefined, limits: MemoryLimits, log: Log, { isPinned, onEvict }: VersionOwner) {
    this.#source = source;
    this.#log = log;
    this.#onEvict = onEvict;
    this.#room = new MemoryRoom(limits, {
      log,
      leastUsed: (atOnce) => this.#leastUsed(isPinned, atOnce),
      drop: (held) => this.#drop(held, 'budget'),
    });
  }

  /** Bytes of everything in memory, with what is being given back. */
  get bytes(): number {
    return this.#room.bytes;
  }

  get budgetBytes(): number | undefined {
    return this.#room.budgetBytes;
  }

  /** Versions that could not be loaded the last time, with why. */
  problems(): ModelStatus[] {
    return [...this.#problems].map(([model, problem]) => ({ model, state: 'failed', problem }));
  }

  forgetProblems(): void {
    this.#problems.clear();
  }

  /** Loads a version that is not there yet. It is held for the caller until {@link release}. */
  async claim(version: VersionInfo, purpose: LoadPurpose): Promise<ServedModel> {
    const label = `${version.model}:${version.version}`;
    const key = keyOf(label, version.digest);
    let held = this.#held.get(key);
    if (!held) {
      const loading = Promise.resolve().then(() => this.#load(began, version, purpose));
      const began: Held = { key, label, loading, model: undefined, bytes: 0, claims: 0, staysUntil: 0 };
      this.#held.set(key, (held = began));
    }
    held.claims++;
    try {
      return await held.loading;
    } catch (error) {
      held.claims--;
      throw error;
    }
  }

  /** The caller of {@link claim} has put the version under its reference, or does not want it. */
  release({ label, digest }: ServedModel): void {
    const held = this.#held.get(keyOf(label, digest));
    if (held) held.claims--;
  }

  /** Gives back what nothing means any more. */
  async keepOnly(used: ReadonlySet<ServedModel>, reason: UnloadReason): Promise<void> {
    const idle = [...this.#held.values()].filter(({ model, claims }) => model && claims === 0 && !used.has(model));
    await Promise.all(idle.map((held) => this.#drop(held, reason)));
  }

  /** A model that was named at the start takes room too. */
  countStarted(model: ServedModel): void {
    this.#room.occupy(model.memory, 0);
    void this.#room.shrink();
  }

  /** Gives back a model that was named at the start. */
  async dropStarted(model: ServedModel): Promise<void> {
    this.unloads.request++;
    await model.retire();
    this.#room.vacate(model.memory, 0);
  }

  /** Counts what it takes to load a model. */
  async timed(load: () => Promise<ServedModel>): Promise<ServedModel> {
    const began = performance.now();
    try {
      const model = await load();
      model.loadMs = performance.now() - began;
      this.counts.loads++;
      return model;
    } catch (error) {
      this.counts.loadFailures++;
      throw error;
    } finally {
      this.counts.loadSeconds += (performance.now() - began) / 1000;
    }
  }

  async close(): Promise<void> {
    this.#room.close();
    const all = [...this.#held.values()];
    this.#held.clear();
    await Promise.all(all.map(async ({ loading }) => (await loading.catch(() => undefined))?.retire(0)));
  }

  async #load(held: Held, version: VersionInfo, { mayWait }: LoadPurpose): Promise<ServedModel> {
    const { label } = held;
    const known = this.#sizes.get(version.digest);
    const expected = known ?? FIRST_GUESS * version.size;
    try {
      if (mayWait && this.#room.isBeyond(known ?? version.size))
        throw this.#room.tooLarge(label, known ?? version.size);
      await this.#room.reserve(label, expected, mayWait);
      const model = await this.timed(() => (this.#source as ModelSource).load(version)).finally(() =>
        this.#room.unreserve(expected),
      );
      await this.#settle(held, model, mayWait);
      return model;
    } catch (error) {
      if (this.#held.get(held.key) === held) this.#held.delete(held.key);
      throw this.#failed(label, error);
    }
  }

  /** It is in memory: now it is known what it takes. */
  async #settle(held: Held, model: ServedModel, mayWait: boolean): Promise<void> {
    const { memory, loadMs, digest } = model;
    this.#sizes.set(digest, memory);
    if (mayWait && this.#room.isBeyond(memory)) {
      await model.retire(0);
      throw this.#room.tooLarge(held.label, memory);
    }
    this.#problems.delete(held.label);
    held.model = model;
    held.bytes = memory;
    held.staysUntil = performance.now() + Math.min(LONGEST_STAY_MS, STAY * loadMs);
    this.#room.occupy(memory);
    void this.#room.shrink();
  }

  /** What a request is told; the reason is kept for whoever looks after the server. */
  #failed(label: string, cause: unknown): SlipwayError {
    if (cause instanceof SlipwayError && cause.code === 'OVERLOADED') return cause;
    const problem = cause instanceof SlipwayError ? cause.message : 'the log of the server says why.';
    // One line for what every request is told.
    if (this.#problems.get(label) !== problem) this.#log.error('model not loaded', { model: label, error: cause });
    if (this.#problems.size < MOST_PROBLEMS) this.#problems.set(label, problem);
    if (cause instanceof SlipwayError && cause.code === 'MODEL_TOO_LARGE') return cause;
    return fail('NOT_READY', { problem: `${label} could not be loaded: ${problem}` }, { cause });
  }

  /** The version that was not asked for the longest, of those that may go; undefined until it has stayed long enough. */
  #leastUsed(isPinned: (model: ServedModel) => boolean, atOnce: boolean): Held | undefined {
    let least: Held | undefined;
    for (const held of this.#held.values()) {
      const { model, claims } = held;
      if (!model || claims > 0 || !model.isIdle || isPinned(model)) continue;
      if (!least?.model || model.lastUse < least.model.lastUse) least = held;
    }
    return least && (atOnce || performance.now() >= least.staysUntil) ? least : undefined;
  }

  async #drop(held: Held, reason: UnloadReason): Promise<void> {
    const model = held.model as ServedModel;
    this.#held.delete(held.key);
    this.#onEvict(model);
    this.unloads[reason]++;
    this.#log.info('model unloaded', { model: held.label, reason, bytes: held.bytes });
    await model.retire();
    this.#room.vacate(held.bytes);
  }
}

/** A version keeps its number for ever, unless the whole registry was put back from a backup. */
function keyOf(label: string, digest: string): string {
  return `${label} ${digest}`;
}
