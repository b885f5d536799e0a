import { fail, SlipwayError } from '@slipway/core/errors';
import type { ListedModel } from '@slipway/core/protocols';
import type { ServedModel } from './served-model.ts';

/** How a model that the server was started with is doing. */
export interface ModelStatus {
  readonly model: string;
  readonly state: 'loading' | 'ready' | 'failed';
  /** Why it is not ready. */
  readonly problem?: string | undefined;
}

/** A model that was named at the start, under every reference that means it. */
interface Entry {
  readonly refs: readonly string[];
  state: ModelStatus['state'];
  model?: ServedModel;
  problem?: string;
}

/** References that are remembered. */
const MOST_FOUND = 10_000;

/** Models that were named, not found in a source: they stay until somebody unloads them. */
export class StartedModels {
  #entries: readonly Entry[] = [];
  /** Entries by the references that found them; forgotten whenever an entry changes. */
  readonly #found = new Map<string, Entry>();

  /** Not ready until `load` is done. The first reference names it. */
  async add(refs: readonly [string, ...string[]], load: () => Promise<ServedModel>): Promise<ServedModel> {
    const entry: Entry = { refs, state: 'loading' };
    this.#setEntries([...this.#entries, entry]);
    try {
      entry.model = await load();
      entry.state = 'ready';
      // Now it is known under its label and digest, too.
      this.#found.clear();
      return entry.model;
    } catch (error) {
      entry.state = 'failed';
      entry.problem = error instanceof SlipwayError ? error.message : 'it could not be loaded; the log says why';
      throw error;
    }
  }

  /** Undefined where no reference means it; NOT_READY while it is not loaded. */
  find(ref: string): ServedModel | undefined {
    const entry = this.#found.get(ref) ?? this.#look(ref);
    return entry && readyModel(entry);
  }

  /** Looks through all of them: with hundreds of models that would be most of a request, so it is done once for a reference. */
  #look(ref: string): Entry | undefined {
    const entry = this.#entries.find((known) => meansEntry(known, ref));
    // Digests may be shortened in many ways.
    if (entry && this.#found.size < MOST_FOUND) this.#found.set(ref, entry);
    return entry;
  }

  #setEntries(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#found.clear();
  }

  /** The only one; undefined where there are none or several. */
  only(): ServedModel | undefined {
    const [entry, ...others] = this.#entries;
    return entry && others.length === 0 ? readyModel(entry) : undefined;
  }

  has(ref: string): boolean {
    return this.#entries.some((entry) => meansEntry(entry, ref));
  }

  /** Takes it out, loaded or not; undefined where there is no such model. */
  remove(ref: string): { readonly model: ServedModel | undefined } | undefined {
    const entry = this.#entries.find((known) => meansEntry(known, ref));
    if (!entry) return undefined;
    this.#setEntries(this.#entries.filter((known) => known !== entry));
    return { model: entry.model };
  }

  isReady(): boolean {
    return this.#entries.every(({ state }) => state === 'ready');
  }

  names(): string[] {
    return this.#entries.map(({ refs }) => refs[0] as string);
  }

  models(): ServedModel[] {
    return this.#entries.flatMap(({ model }) => (model ? [model] : []));
  }

  statuses(): ModelStatus[] {
    return this.#entries.map(({ refs, state, problem }) => ({ model: refs[0] as string, state, problem }));
  }

  list(): ListedModel[] {
    return this.#entries.map(({ refs, state, problem, model }): ListedModel => {
      const version = { version: model?.version, state, problem, aliases: [] };
      return { name: model?.name ?? (refs[0] as string), versions: [version] };
    });
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
