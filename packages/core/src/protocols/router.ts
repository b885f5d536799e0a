import type { Route } from './protocol.ts';

/** A route with what its braces took. */
export interface Match<T> {
  readonly route: T;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern<T> {
  readonly segments: readonly string[];
  readonly byMethod: Map<string, T>;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Finds routes by method and path: exact strings first, then paths with braces. Two routes on one place are a bug. */
export class Router<T extends Pick<Route, 'method' | 'path'>> {
  readonly #exact = new Map<string, Map<string, Match<T>>>();
  readonly #patterns: Pattern<T>[] = [];

  constructor(routes: Iterable<T>) {
    for (const route of routes) this.#add(route);
  }

  /** The match, the methods that the path takes instead, or undefined for an unknown path. */
  find(method: string, path: string): Match<T> | readonly string[] | undefined {
    const exact = this.#exact.get(path);
    if (exact) return exact.get(method) ?? [...exact.keys()];
    const segments = path.split('/');
    for (const { segments: wanted, byMethod } of this.#patterns) {
      const params = matchSegments(wanted, segments);
      if (!params) continue;
      const route = byMethod.get(method);
      return route ? { route, params } : [...byMethod.keys()];
    }
    return undefined;
  }

  #add(route: T): void {
    const { method, path } = route;
    if (!path.includes('{')) {
      const byMethod = this.#exact.get(path) ?? new Map<string, Match<T>>();
      if (byMethod.has(method)) throw new Error(`two routes on ${method} ${path}`);
      this.#exact.set(path, byMethod.set(method, { route, params: NO_PARAMS }));
      return;
    }
    const segments = path.split('/');
    const shape = segments.map((segment) => (segment.startsWith('{') ? '{}' : segment)).join('/');
    let pattern = this.#patterns.find(
      (known) => known.segments.map((segment) => (segment.startsWith('{') ? '{}' : segment)).join('/') === shape,
    );
    if (!pattern) this.#patterns.push((pattern = { segments, byMethod: new Map() }));
    if (pattern.byMethod.has(method)) throw new Error(`two routes on ${method} ${path}`);
    pattern.byMethod.set(method, route);
  }
}

function matchSegments(wanted: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (wanted.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < wanted.length; i++) {
    const want = wanted[i] as string;
    const segment = segments[i] as string;
    if (!want.startsWith('{')) {
      if (want !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined || value === '') return undefined;
    params[want.slice(1, -1)] = value;
  }
  return params;
}

function decoded(segment: string): string | undefined {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
