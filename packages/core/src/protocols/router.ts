import type { Route } from './protocol.ts';

/** A route with what its braces took. */
export interface Match<T> {
  readonly route: T;
  readonly params: Readonly<Record<string, string>>;
}

/**
 * `{model}:predict` takes what stands before `:predict`; `{path*}` at the end all segments that are left; without braces a
 * segment stands for itself.
 */
interface Segment {
  readonly name: string | undefined;
  readonly text: string;
  readonly takesRest: boolean;
}

interface Pattern<T> {
  readonly shape: string;
  readonly segments: readonly Segment[];
  readonly byMethod: Map<string, T>;
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({});

/** Finds routes by method and path: exact strings first, then paths with braces. Two routes on one place are a bug. */
export class Router<T extends Pick<Route, 'method' | 'path' | 'trailingSlash'>> {
  readonly #exact = new Map<string, Map<string, Match<T>>>();
  /** By their first segment. Those with more text come first: `{model}:predict` before `{model}`. */
  readonly #patterns = new Map<string, Pattern<T>[]>();

  constructor(routes: Iterable<T>) {
    for (const route of routes) {
      this.#add(route, route.path);
      if (route.trailingSlash) this.#add(route, `${route.path}/`);
    }
  }

  /** The match, the methods that the path takes instead, or undefined for an unknown path. */
  find(method: string, path: string): Match<T> | readonly string[] | undefined {
    const exact = this.#exact.get(path);
    if (exact) return exact.get(method) ?? [...exact.keys()];
    const segments = path.split('/');
    const patterns = this.#patterns.get(segments[1] ?? '');
    if (!patterns) return undefined;
    for (const { segments: wanted, byMethod } of patterns) {
      const params = matchSegments(wanted, segments);
      if (!params) continue;
      const route = byMethod.get(method);
      return route ? { route, params } : [...byMethod.keys()];
    }
    return undefined;
  }

  #add(route: T, path: string): void {
    const { method } = route;
    if (!path.includes('{')) {
      const byMethod = this.#exact.get(path) ?? new Map<string, Match<T>>();
      if (byMethod.has(method)) throw new Error(`two routes on ${method} ${path}`);
      this.#exact.set(path, byMethod.set(method, { route, params: NO_PARAMS }));
      return;
    }
    const segments = path.split('/').map(parseSegment);
    const first = segments[1]?.text ?? '';
    const patterns = this.#patterns.get(first) ?? [];
    this.#patterns.set(first, patterns);
    const shape = shapeOf(path);
    let pattern = patterns.find((known) => known.shape === shape);
    if (!pattern) {
      patterns.push((pattern = { shape, segments, byMethod: new Map() }));
      patterns.sort((a, b) => freedom(a) - freedom(b));
    }
    if (pattern.byMethod.has(method)) throw new Error(`two routes on ${method} ${path}`);
    pattern.byMethod.set(method, route);
  }
}

/** What two paths have in common that take the same requests: `/v1/models/{}:predict`. */
export function shapeOf(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

function parseSegment(text: string): Segment {
  const [, name, rest, suffix = ''] = /^\{([^}*]+)(\*?)\}(.*)$/.exec(text) ?? [];
  return name === undefined
    ? { name: undefined, text, takesRest: false }
    : { name, text: suffix, takesRest: rest === '*' };
}

/** Segments that take anything count most, those with a suffix less. */
function freedom({ segments }: Pattern<unknown>): number {
  return segments.reduce(
    (sum, { name, text, takesRest }) => sum + (name === undefined ? 0 : takesRest ? 1_000_000 : text === '' ? 1000 : 1),
    0,
  );
}

function matchSegments(wanted: readonly Segment[], segments: readonly string[]): Record<string, string> | undefined {
  const takesRest = wanted.at(-1)?.takesRest === true;
  if (takesRest ? segments.length < wanted.length : wanted.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (let i = 0; i < wanted.length; i++) {
    const { name, text } = wanted[i] as Segment;
    const isRest = takesRest && i === wanted.length - 1;
    const segment = isRest ? segments.slice(i).join('/') : (segments[i] as string);
    if (name === undefined) {
      if (text !== segment) return undefined;
      continue;
    }
    const value = decoded(segment);
    if (value === undefined || value.length <= text.length || !value.endsWith(text)) return undefined;
    params[name] = text === '' ? value : value.slice(0, -text.length);
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
