import { setImmediate as turn } from 'node:timers/promises';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { Plane } from '@slipway/core/protocols';
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
  readonly #entries: Entry[] = [];
  /** References to the source that are resolved. */
  readonly #resolved = new Map<string, ServedModel>();
  readonly #pending = new Map<string, Promise<ServedModel>>();
  /** Loaded or loading versions, by label. */
  readonly #versions = new Map<string, Promise<ServedModel>>();
  readonly #unwatch: (() => void) | undefined;
  #uses = 0;
  /** The name behind `POST /predict` while the source has one model. */
  #onlyName: string | undefined;

  constructor({ source, maxLoaded = 32, log = silentLog }: PlaneOptions = {}) {
    this.#source = source;
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
    this.#entries.push(entry);
    try {
      entry.model = await load();
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

  /** Models in memory that answer. */
  loaded(): ServedModel[] {
    const started = this.#entries.flatMap(({ model }) => (model ? [model] : []));
    return [...new Set([...started, ...this.#resolved.values()])];
  }

  /** Models that the server was started with. */
  statuses(): ModelStatus[] {
    return this.#entries.map(({ refs, state, problem }) => ({ model: refs[0] as string, state, problem }));
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
    if (!loading) this.#versions.set(label, (loading = source.load(version)));
    try {
      return await loading;
    } catch (cause) {
      this.#versions.delete(label);
      this.#log.error('model not loaded', { model: label, error: cause });
      const problem = cause instanceof SlipwayError ? cause.message : 'the log of the server says why.';
      throw fail('NOT_READY', { problem: `${label} could not be loaded: ${problem}` }, { cause });
    }
  }

  /** Resolves every known reference again; whatever fails keeps what it has. */
  async #refresh(): Promise<void> {
    const source = this.#source;
    if (!source) return;
    this.#onlyName = undefined;
    for (const [ref, before] of this.#resolved) {
      try {
        const version = await source.resolve(ref);
        if (`${version.model}:${version.version}` === before.label && version.digest === before.digest) continue;
        const model = await this.#load(version, source);
        this.#resolved.set(ref, model);
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
      await model.retire();
    }
  }
}

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
