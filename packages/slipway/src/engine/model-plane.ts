import { setImmediate as turn } from 'node:timers/promises';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { ListedModel, Plane } from '@slipway/core/protocols';
import { silentLog, type Log } from '../telemetry/index.ts';
import type { ModelSource, VersionInfo } from './model-source.ts';
import type { ServedModel } from './served-model.ts';

/** How a model that the server was started with is doing. */
export interface ModelStatus {
  readonly model: string;
  readonly state: 'loading' | 'ready' | 'failed';
  /** Why it is not ready. */
  readonly problem?: string | undefined;
}

export interface PlaneOptions {
  /** Models come from here on demand. */
  readonly source?: ModelSource | undefined;
  /** Versions from the source that stay in memory; 32 unless told. */
  readonly maxLoaded?: number | undefined;
  readonly log?: Log | undefined;
  /** Opens a model that a platform names by its place; refuses places that are not allowed. Undefined: none are. */
  readonly open?: ((place: string, name: string) => Promise<ServedModel>) | undefined;
}

/** A model that was named at the start, under every reference that means it. */
interface Entry {
  readonly refs: readonly string[];
  state: ModelStatus['state'];
  model?: ServedModel;
  problem?: string;
}

/**
 * Finds models for the wires: those it was started with, and those of a source, loaded on first use.
 *
 * A reference that was resolved once answers without waiting; when the source changes, references are resolved again
 * in the background and switched when the new version is ready. While the source is down, what is loaded keeps serving.
 */
export class ModelPlane implements Plane {
  readonly #source: ModelSource | undefined;
  readonly #maxLoaded: number;
  readonly #log: Log;
  readonly #open: PlaneOptions['open'];
  #entries: readonly Entry[] = [];
  /** References to the source that are resolved. */
  readonly #resolved = new Map<string, ServedModel>();
  readonly #pending = new Map<string, Promise<ServedModel>>();
  /** Loaded or loading versions, by label. */
  readonly #versions = new Map<string, Promise<ServedModel>>();
  readonly #unwatch: (() => void) | undefined;
  /** What happened to models since the start. */
  readonly counts = { loads: 0, loadFailures: 0, unloads: 0, switches: 0, loadSeconds: 0 };
  #uses = 0;
  /** References of the source that cannot be loaded, with why. */
  readonly #problems = new Map<string, string>();
  /** The name behind `POST /predict` while the source has one model. */
  #onlyName: string | undefined;

  constructor({ source, maxLoaded = 32, log = silentLog, open }: PlaneOptions = {}) {
    this.#source = source;
    this.#open = open;
    this.#maxLoaded = maxLoaded;
    this.#log = log;
    this.#unwatch = source?.watch(() => void this.#refresh());
  }

  get source(): ModelSource | undefined {
    return this.#source;
  }

  /** Asks the source whether it is there. False: what is served may not be the newest. */
  async reachesSource(): Promise<boolean> {
    try {
      await this.#source?.models();
      return true;
    } catch (error) {
      this.#log.warn('registry not reachable', { error });
      return false;
    }
  }

  /** Serves a model from the start. Not ready until `load` is done. The first reference names it. */
  async serve(refs: readonly [string, ...string[]], load: () => Promise<ServedModel>): Promise<ServedModel> {
    const entry: Entry = { refs, state: 'loading' };
    this.#entries = [...this.#entries, entry];
    try {
      entry.model = await this.#timed(load);
      entry.state = 'ready';
      return entry.model;
    } catch (error) {
      entry.state = 'failed';
      entry.problem = error instanceof SlipwayError ? error.message : 'it could not be loaded; the log says why';
      throw error;
    }
  }

  find(ref: string | undefined): ServedModel | Promise<ServedModel> {
    if (ref === undefined) return this.#only();
    const resolved = this.#resolved.get(ref);
    if (resolved) {
      resolved.lastUse = ++this.#uses;
      return resolved;
    }
    for (const entry of this.#entries) if (meansEntry(entry, ref)) return readyModel(entry);
    if (!this.#source) throw fail('MODEL_NOT_FOUND', { ref });
    return this.#pendingOf(ref, this.#source);
  }

  turn(): Promise<void> {
    return turn();
  }

  isReady(): boolean {
    return this.#entries.every(({ state }) => state === 'ready');
  }

  async list(name?: string): Promise<ListedModel[]> {
    const all = this.#entries.map(({ refs, state, problem, model }): ListedModel => {
      const version = { version: model?.version, state, problem, aliases: [] };
      return { name: model?.name ?? (refs[0] as string), versions: [version] };
    });
    const started = all.filter((listed) => name === undefined || listed.name === name);
    const known = new Set(started.map((listed) => listed.name));
    return [...started, ...(await this.#listSource(name)).filter((listed) => !known.has(listed.name))];
  }

  async load(ref: string, place?: string): Promise<ServedModel> {
    if (place === undefined || place === '') return await this.find(ref);
    if (!this.#open)
      throw fail('INVALID_REQUEST', {
        problem: `This server loads no models by their place, and ${JSON.stringify(place.slice(0, 200))} is one.`,
      });
    const open = this.#open;
    if (this.#entries.some((entry) => meansEntry(entry, ref)))
      throw fail('CONFLICT', { problem: `The model ${ref} is loaded already.` });
    try {
      return await this.serve([ref], () => open(place, ref));
    } catch (error) {
      this.#entries = this.#entries.filter(({ refs, model }) => model !== undefined || refs[0] !== ref);
      throw error;
    }
  }

  async unload(ref: string): Promise<void> {
    const entry = this.#entries.find((known) => meansEntry(known, ref));
    if (entry) {
      this.#entries = this.#entries.filter((known) => known !== entry);
      if (entry.model) await this.#retire(entry.model);
      return;
    }
    const isMeant = ({ name, label }: ServedModel): boolean => name === ref || label === ref;
    const refs = [...this.#resolved].filter(([known, model]) => known === ref || isMeant(model));
    if (refs.length === 0) throw fail('MODEL_NOT_FOUND', { ref });
    for (const [known] of refs) this.#resolved.delete(known);
    await this.#evict();
  }

  /** Models of the source; what is loaded of them where it does not answer. */
  async #listSource(only: string | undefined): Promise<ListedModel[]> {
    const source = this.#source;
    if (!source) return [];
    const loaded = new Map([...this.#resolved.values()].map((model) => [model.label, model]));
    try {
      const listed: ListedModel[] = [];
      const names = only === undefined ? (await source.models()).map(({ model }) => model) : [only];
      for (const name of names) {
        const versions = (await source.versions(name)).map(({ version, aliases }) => {
          const state = loaded.has(`${name}:${version}`) ? ('ready' as const) : ('available' as const);
          return { version, state, aliases };
        });
        listed.push({ name, versions });
      }
      return listed;
    } catch (error) {
      if (error instanceof SlipwayError && error.status === 404) return [];
      this.#log.warn('registry not reachable', { error });
      const byName = Map.groupBy(loaded.values(), ({ name }) => name);
      return [...byName].map(([name, models]) => ({
        name,
        versions: models.map(({ version }) => ({ version, state: 'ready' as const, aliases: [] })),
      }));
    }
  }

  /** Models in memory that answer. */
  loaded(): ServedModel[] {
    const started = this.#entries.flatMap(({ model }) => (model ? [model] : []));
    return [...new Set([...started, ...this.#resolved.values()])];
  }

  /** Models that the server was started with. */
  statuses(): ModelStatus[] {
    return this.#entries.map(({ refs, state, problem }) => ({ model: refs[0] as string, state, problem }));
  }

  /** Versions of the source that could not be loaded the last time, with why. */
  problems(): ModelStatus[] {
    return [...this.#problems].map(([model, problem]) => ({ model, state: 'failed', problem }));
  }

  async close(): Promise<void> {
    this.#unwatch?.();
    await Promise.allSettled(this.#pending.values());
    await Promise.all(this.loaded().map((model) => model.retire()));
    this.#resolved.clear();
  }

  #only(): ServedModel | Promise<ServedModel> {
    const [entry, ...others] = this.#entries;
    if (entry && others.length === 0 && !this.#source) return readyModel(entry);
    if (!this.#source) throw severalModels(this.#entries.map(({ refs }) => refs[0] as string));
    return this.#onlyOfSource(this.#source);
  }

  #onlyOfSource(source: ModelSource): ServedModel | Promise<ServedModel> {
    const known = this.#onlyName === undefined ? undefined : this.#resolved.get(this.#onlyName);
    return known ?? this.#nameTheOnly(source).then((name) => this.find(name));
  }

  async #nameTheOnly(source: ModelSource): Promise<string> {
    const names = [
      ...this.#entries.map(({ refs }) => refs[0] as string),
      ...(await source.models()).map(({ model }) => model),
    ];
    const [name, ...others] = new Set(names);
    if (name === undefined)
      throw fail('MODEL_NOT_FOUND', { ref: '' }, { hint: 'No model is imported yet: slipway import model.joblib' });
    if (others.length > 0) throw severalModels([name, ...others]);
    this.#onlyName = name;
    return name;
  }

  #pendingOf(ref: string, source: ModelSource): Promise<ServedModel> {
    let pending = this.#pending.get(ref);
    if (!pending) {
      pending = this.#resolve(ref, source).finally(() => {
        this.#pending.delete(ref);
        void this.#evict();
      });
      this.#pending.set(ref, pending);
    }
    return pending;
  }

  async #resolve(ref: string, source: ModelSource): Promise<ServedModel> {
    const version = await source.resolve(ref);
    const model = await this.#load(version, source);
    model.lastUse = ++this.#uses;
    this.#resolved.set(ref, model);
    return model;
  }

  async #load(version: VersionInfo, source: ModelSource): Promise<ServedModel> {
    const label = `${version.model}:${version.version}`;
    let loading = this.#versions.get(label);
    if (!loading) this.#versions.set(label, (loading = this.#timed(() => source.load(version))));
    try {
      const model = await loading;
      this.#problems.delete(label);
      return model;
    } catch (cause) {
      this.#versions.delete(label);
      this.#log.error('model not loaded', { model: label, error: cause });
      const problem = cause instanceof SlipwayError ? cause.message : 'the log of the server says why.';
      if (this.#problems.size < MOST_PROBLEMS) this.#problems.set(label, problem);
      throw fail('NOT_READY', { problem: `${label} could not be loaded: ${problem}` }, { cause });
    }
  }

  /** Resolves every known reference again; whatever fails keeps what it has. */
  async #refresh(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#onlyName = undefined;
    // Whatever was wrong may have been put right; what still is wrong is told again.
    this.#problems.clear();
    for (const [ref, before] of this.#resolved) {
      try {
        const version = await source.resolve(ref);
        if (`${version.model}:${version.version}` === before.label && version.digest === before.digest) continue;
        const model = await this.#load(version, source);
        this.#resolved.set(ref, model);
        this.counts.switches++;
        this.#log.info('model switched', { ref, from: before.label, to: model.label });
      } catch (error) {
        if (error instanceof SlipwayError && error.status === 404) this.#resolved.delete(ref);
      }
    }
    await this.#evict();
  }

  /** Gives back versions that no reference means, and the longest unused references beyond the limit. */
  async #evict(): Promise<void> {
    const byUse = [...new Set(this.#resolved.values())].toSorted((a, b) => b.lastUse - a.lastUse);
    const dropped = new Set(byUse.slice(this.#maxLoaded));
    for (const [ref, model] of this.#resolved) if (dropped.has(model)) this.#resolved.delete(ref);
    const used = new Set(this.#resolved.values());
    for (const [label, loading] of this.#versions) {
      const model = await loading.catch(() => undefined);
      // Whatever is being resolved may mean this version; the next time decides.
      if (!model || used.has(model) || this.#pending.size > 0) continue;
      this.#versions.delete(label);
      await this.#retire(model);
    }
  }

  async #timed(load: () => Promise<ServedModel>): Promise<ServedModel> {
    const { counts } = this;
    const began = performance.now();
    try {
      const model = await load();
      counts.loads++;
      return model;
    } catch (error) {
      counts.loadFailures++;
      throw error;
    } finally {
      counts.loadSeconds += (performance.now() - began) / 1000;
    }
  }

  async #retire(model: ServedModel): Promise<void> {
    this.counts.unloads++;
    await model.retire();
  }
}

/** Of versions that cannot be loaded. */
const MOST_PROBLEMS = 100;

function readyModel({ refs, state, model, problem }: Entry): ServedModel {
  if (model) return model;
  const name = refs[0] as string;
  throw fail('NOT_READY', {
    problem: state === 'failed' ? `${name} could not be loaded: ${problem}` : `${name} is still loading.`,
  });
}

function meansEntry({ refs, model }: Entry, ref: string): boolean {
  return (
    refs.includes(ref) || (model !== undefined && (ref === model.name || ref === model.label || isDigestOf(ref, model)))
  );
}

function isDigestOf(ref: string, { name, digest }: ServedModel): boolean {
  const prefix = `${name}@`;
  return (
    ref.startsWith(`${prefix}sha256:`) &&
    ref.length >= prefix.length + 11 &&
    digest.startsWith(ref.slice(prefix.length))
  );
}

function severalModels(names: readonly string[]) {
  if (names.length === 0) return fail('NOT_READY', { problem: 'The server has no model yet.' });
  const shown = names.slice(0, 5).map((name) => `/predict/${name}`);
  return fail('INVALID_REQUEST', {
    problem: `This server has several models; name one in the path: ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}.`,
  });
}
