import { setImmediate as turn } from 'node:timers/promises';
import { fail } from '@slipway/core/errors';
import type { ListedModel, Plane } from '@slipway/core/protocols';
import { silentLog, type Log } from '../telemetry/index.ts';
import { listSource } from './list-source.ts';
import { LoadedVersions } from './loaded-versions.ts';
import type { ModelSource } from './model-source.ts';
import { References } from './references.ts';
import type { ServedModel } from './served-model.ts';
import { severalModels, unloadedModel } from './no-model.ts';
import { StartedModels, type ModelStatus } from './started-models.ts';

export interface PlaneOptions {
  /** Models come from here on demand. */
  readonly source?: ModelSource | undefined;
  /** Versions from the source that stay in memory; 32 unless told. */
  readonly maxLoaded?: number | undefined;
  /** Bytes of all models in memory; no limit unless given. */
  readonly budgetBytes?: number | undefined;
  readonly log?: Log | undefined;
  /** Opens a model that a platform names by its place; refuses places that are not allowed. Undefined: none are. */
  readonly open?: ((place: string, name: string) => Promise<ServedModel>) | undefined;
}

/** What a request changed. */
export interface ServiceChange {
  readonly ref: string;
  readonly place: string | undefined;
  readonly isLoaded: boolean;
}

/** Finds models for the wires: those it was started with, and those of a source, loaded on first use. */
export class ModelPlane implements Plane {
  readonly #source: ModelSource | undefined;
  readonly #log: Log;
  readonly #open: PlaneOptions['open'];
  readonly #started = new StartedModels();
  readonly #versions: LoadedVersions;
  readonly #references: References | undefined;
  /** Names that somebody unloaded: they come back when they are loaded, not when they are asked for. */
  readonly #unloaded = new Set<string>();
  readonly #unwatch: (() => void) | undefined;
  /** Tells the other processes of this server what was loaded and unloaded by request. */
  announce: ((change: ServiceChange) => void) | undefined;
  /** The name behind `POST /predict` while the source has one model. */
  #onlyName: string | undefined;

  constructor({ source, maxLoaded = 32, budgetBytes, log = silentLog, open }: PlaneOptions = {}) {
    this.#source = source;
    this.#open = open;
    this.#log = log;
    this.#versions = new LoadedVersions(source, { maxLoaded, budgetBytes }, log, {
      isPinned: (model) => this.isPinned(model),
      onEvict: (gone) => void this.#references?.forget((_ref, model) => model === gone),
    });
    this.#references = source && new References(source, this.#versions, log);
    this.#unwatch = source?.watch(() => {
      this.#onlyName = undefined;
      void this.#references?.refresh();
    });
  }

  get source(): ModelSource | undefined {
    return this.#source;
  }

  /** What happened to models since the start. */
  get counts() {
    const { counts, unloads } = this.#versions;
    return { ...counts, unloads, switches: this.#references?.switches ?? 0 };
  }

  /** Bytes of the models in memory, and how many there may be. */
  get memory(): { readonly bytes: number; readonly budgetBytes: number | undefined } {
    return { bytes: this.#versions.bytes, budgetBytes: this.#versions.budgetBytes };
  }

  /** Asks the source whether it is there. False: what is served may not be the newest. */
  async reachesSource(): Promise<boolean> {
    try {
      await (this.#source?.reach ? this.#source.reach() : this.#source?.models());
      return true;
    } catch (error) {
      this.#log.warn('registry not reachable', { error });
      return false;
    }
  }

  /** Serves a model from the start. Not ready until `load` is done. The first reference names it. */
  async serve(refs: readonly [string, ...string[]], load: () => Promise<ServedModel>): Promise<ServedModel> {
    const model = await this.#started.add(refs, () => this.#versions.timed(load));
    this.#versions.countStarted(model);
    return model;
  }

  /** Keeps what these references mean in memory from now on, in place of what the same owner pinned before. */
  pin(owner: string, refs: readonly string[]): void {
    this.#references?.pin(owner, refs);
  }

  /** Brings pinned versions into memory; the log tells which cannot be loaded. */
  async loadPins(): Promise<void> {
    await this.#references?.loadPins();
  }

  /** It is never unloaded to make room for another. */
  isPinned(model: ServedModel): boolean {
    return this.#started.models().includes(model) || this.#references?.isPinned(model) === true;
  }

  find(ref: string | undefined): ServedModel | Promise<ServedModel> {
    if (ref === undefined) return this.#only();
    const resolved = this.#references?.get(ref) ?? this.#started.find(ref);
    if (resolved) return resolved;
    if (this.#unloaded.has(nameOf(ref))) throw unloadedModel(nameOf(ref));
    if (!this.#references) throw fail('MODEL_NOT_FOUND', { ref });
    return this.#references.find(ref);
  }

  turn(): Promise<void> {
    return turn();
  }

  isReady(): boolean {
    return this.#started.isReady();
  }

  async list(name?: string): Promise<ListedModel[]> {
    const started = this.#started.list().filter((listed) => name === undefined || listed.name === name);
    const known = new Set(started.map((listed) => listed.name));
    const others = this.#source ? await listSource(this.#source, this.loaded(), name, this.#log) : [];
    return [...started, ...others.filter((listed) => !known.has(listed.name))];
  }

  async load(ref: string, place?: string): Promise<ServedModel> {
    const model = await this.#bring(ref, place);
    this.announce?.({ ref, place, isLoaded: true });
    return model;
  }

  /** Resolves when the last request to it is answered and its memory is given back. */
  async unload(ref: string): Promise<void> {
    await this.#takeAway(ref);
    this.announce?.({ ref, place: undefined, isLoaded: false });
  }

  /** What another process of this server was asked for; that one tells what is wrong with it. */
  async follow({ ref, place, isLoaded }: ServiceChange): Promise<void> {
    try {
      await (isLoaded ? this.#bring(ref, place) : this.#takeAway(ref));
    } catch (error) {
      this.#log.warn('model not changed', { model: ref, error });
    }
  }

  /** Models in memory that answer. */
  loaded(): ServedModel[] {
    return [...new Set([...this.#started.models(), ...(this.#references?.models() ?? [])])];
  }

  /** Models that the server was started with. */
  statuses(): ModelStatus[] {
    return this.#started.statuses();
  }

  /** Versions of the source that could not be loaded the last time, with why. */
  problems(): ModelStatus[] {
    return this.#versions.problems();
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    await this.#references?.close();
    await Promise.all(this.#started.models().map((model) => model.retire(0)));
    await this.#versions.close();
  }

  async #bring(ref: string, place: string | undefined): Promise<ServedModel> {
    if (place === undefined || place === '') {
      this.#unloaded.delete(nameOf(ref));
      return await this.find(ref);
    }
    if (!this.#open)
      throw fail('INVALID_REQUEST', {
        problem: `This server loads no models by their place, and ${JSON.stringify(place.slice(0, 200))} is one.`,
      });
    const open = this.#open;
    if (this.#started.has(ref)) throw fail('CONFLICT', { problem: `The model ${ref} is loaded already.` });
    try {
      return await this.serve([ref], () => open(place, ref));
    } catch (error) {
      this.#started.remove(ref);
      throw error;
    }
  }

  async #takeAway(ref: string): Promise<void> {
    const started = this.#started.remove(ref);
    if (started) return started.model && (await this.#versions.dropStarted(started.model));
    const isMeant = (known: string, { name, label }: ServedModel): boolean =>
      known === ref || name === ref || label === ref;
    // It may be in the memory of another process, or have left this one to make room.
    if (!this.#references?.forget(isMeant)) await this.#mustKnow(ref);
    if (ref === nameOf(ref)) this.#unloaded.add(ref);
    await this.#references?.tidy('request');
  }

  async #mustKnow(ref: string): Promise<void> {
    if (!this.#source) throw fail('MODEL_NOT_FOUND', { ref });
    await this.#source.resolve(ref);
  }

  #only(): ServedModel | Promise<ServedModel> {
    if (this.#source) return this.#onlyOfSource(this.#source);
    const only = this.#started.only();
    if (only) return only;
    throw severalModels(this.#started.names());
  }

  #onlyOfSource(source: ModelSource): ServedModel | Promise<ServedModel> {
    const known = this.#onlyName === undefined ? undefined : this.#references?.get(this.#onlyName);
    return known ?? this.#nameTheOnly(source).then((name) => this.find(name));
  }

  async #nameTheOnly(source: ModelSource): Promise<string> {
    const names = [...this.#started.names(), ...(await source.models()).map(({ model }) => model)];
    const [name, ...others] = new Set(names);
    if (name === undefined)
      throw fail('MODEL_NOT_FOUND', { ref: '' }, { hint: 'No model is imported yet: slipway import model.joblib' });
    if (others.length > 0) throw severalModels([name, ...others]);
    this.#onlyName = name;
    return name;
  }
}

/** `churn` of `churn:3`, `churn@champion`. */
function nameOf(ref: string): string {
  return /^[^:@]*/.exec(ref)?.[0] ?? ref;
}
