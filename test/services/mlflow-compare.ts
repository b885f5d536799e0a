import type { Step } from './mlflow-requests.ts';

/** An answer with everything that must be equal, and nothing that can't be. */
export interface Comparable {
  readonly status: number;
  readonly body: unknown;
}

const TIMES = /^(?:creation_time|last_update_time|creation_timestamp_ms|last_updated_timestamp_ms)$/;
/** Lists whose order the reference leaves to its database. */
const UNORDERED = new Set(['metrics', 'params', 'tags', 'datasets', 'dataset_summaries', 'model_outputs']);
/** What the reference prints of a Python set has another order in each process. */
const SET = /\{('[^{}]*')\}/g;

/** One of the two servers, with what its answers held. */
export class Peer {
  readonly #url: string;
  readonly #saved: Map<string, string>;

  constructor(url: string, tag: string) {
    this.#url = url;
    this.#saved = new Map([
      ['tag', tag],
      ['TAG-FIRST', `${tag}-FIRST`.toUpperCase()],
    ]);
  }

  async ask({ method, path, body, raw, headers = {}, save = {}, loose }: Step): Promise<Comparable> {
    const sent = raw === undefined ? (body === undefined ? undefined : JSON.stringify(body)) : raw;
    const response = await fetch(this.#url + this.#filled(path), {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(sent === undefined ? {} : { body: this.#filled(sent) }),
    });
    const text = await response.text();
    const answer = parsed(text);
    for (const [name, place] of Object.entries(save)) this.#saved.set(name, String(at(answer, place)));
    const shown = this.#normal(answer, '');
    return { status: response.status, body: loose ? undefined : shown };
  }

  #filled(text: string): string {
    return text.replaceAll(/\$([A-Za-z][\w-]*)/g, (whole, name: string) => {
      if (this.#saved.has(name)) return this.#saved.get(name) as string;
      const known = [...this.#saved.keys()].find((key) => name.startsWith(`${key}-`));
      return known === undefined ? whole : (this.#saved.get(known) as string) + name.slice(known.length);
    });
  }

  /** What was saved goes by its name again. */
  #named(text: string): string {
    let named = text;
    for (const [name, value] of [...this.#saved].toSorted(([, a], [, b]) => b.length - a.length))
      if (value.length > 8) named = named.replaceAll(value, `$${name}`);
    for (const name of ['exp', 'other']) {
      const value = this.#saved.get(name);
      if (value !== undefined) {
        named = named.replaceAll(`mlflow-artifacts:/${value}`, `mlflow-artifacts:/$${name}`);
        named = named.replaceAll(`id=${value} exists`, `id=$${name} exists`);
        named = named.replaceAll(new RegExp(`experiment (with id )?${value}\\b`, 'g'), `experiment $1$${name}`);
      }
    }
    return named.replaceAll(SET, (_, inner: string) => `{${inner.split(', ').toSorted().join(', ')}}`);
  }

  #experiment(id: string): string {
    const name = ['exp', 'other'].find((one) => this.#saved.get(one) === id);
    return name === undefined ? id : `$${name}`;
  }

  #normal(value: unknown, key: string): unknown {
    if (typeof value === 'string') {
      const named = key === 'experiment_id' ? this.#experiment(value) : this.#named(value);
      return key === 'next_page_token' ? 'token' : named;
    }
    if (Array.isArray(value)) {
      const items = value.map((item) => this.#normal(item, ''));
      return UNORDERED.has(key) && key !== 'history'
        ? items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
        : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, TIMES.test(name) ? 'time' : this.#normal(item, name)]),
    );
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.startsWith('<!doctype') ? 'page' : text;
  }
}

function at(value: unknown, place: string): unknown {
  let found = value;
  for (const name of place.split('.'))
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  return found;
}
