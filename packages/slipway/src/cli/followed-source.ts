import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';
import { layout, type Package } from '@slipway/core/package';
import type { ModelSource, ServedModel, VersionInfo } from '../engine/index.ts';
import { isUri, s3Object } from '../intake/fetch-source.ts';
import { isPackageFolder } from '../intake/package-folder.ts';
import { describe, parseReference } from '../registry/index.ts';
import type { Log } from '../telemetry/index.ts';
import type { Opened } from './open-reference.ts';

const HEAD_TIMEOUT_MS = 10_000;

export interface FollowOptions {
  /** Opens what a word means; the newest that can be had. */
  readonly open: (word: string) => Promise<Opened>;
  readonly load: (opened: Opened) => Promise<ServedModel>;
  readonly everyMs: number;
  readonly log: Log;
}

/** A model that is served under a name, and where it comes from. */
export interface FollowedModel {
  readonly name: string;
  readonly word: string;
  readonly opened: Opened;
}

/** What is known of one. */
interface State {
  readonly name: string;
  readonly word: string;
  pkg: Package;
  info: VersionInfo;
  /** What told the bytes from others the last time; undefined: nothing does, so they are fetched each time. */
  stamp: string | undefined;
  isReachable: boolean;
}

/**
 * Files and addresses as a source of models: they are looked at again and again, and what is new becomes the next version
 * (counted from the start of the server). A version that cannot be had, or that fails its goldens, leaves the one that is served.
 */
export function followedSource(models: readonly FollowedModel[], options: FollowOptions): ModelSource {
  const states = new Map(models.map((model) => [model.name, stateOf(model)]));
  const find = (ref: string): State => {
    const reference = parseReference(ref);
    const state = reference && states.get(reference.model);
    if (!state || !means(describe(reference), state)) throw fail('MODEL_NOT_FOUND', { ref });
    return state;
  };
  return {
    resolve: (ref) => Promise.try(() => find(ref).info),
    load: ({ model, version }) => {
      const { pkg } = find(model);
      return options.load({ pkg, name: model, version });
    },
    models: () => Promise.resolve([...states.values()].map(({ info }) => info)),
    versions: (model) => Promise.try(() => [find(model).info]),
    reach: () =>
      Promise.try(() => {
        const away = [...states.values()].find(({ isReachable }) => !isReachable);
        if (away) throw fail('NOT_READY', { problem: `The source of ${away.name} does not answer.` });
      }),
    watch: watcher([...states.values()], options),
  };
}

/** Looks again and again while somebody wants to know. Several may: they share the looks. */
function watcher(states: readonly State[], options: FollowOptions): ModelSource['watch'] {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const later = () => (timer = setTimeout(() => void round(), options.everyMs).unref());
  const round = async (): Promise<void> => {
    let isNew = false;
    for (const state of states) if (await look(state, options)) isNew = true;
    if (isNew) for (const changed of listeners) changed();
    if (listeners.size > 0) later();
  };
  return (changed) => {
    if (listeners.size === 0) later();
    listeners.add(changed);
    return () => {
      listeners.delete(changed);
      if (listeners.size === 0) clearTimeout(timer);
    };
  };
}

/** Looks whether there is something new; whatever goes wrong keeps what there is. */
async function look(state: State, { open, log }: FollowOptions): Promise<boolean> {
  try {
    const stamp = await stampOf(state.word);
    const isSame = stamp !== undefined && stamp === state.stamp;
    const { pkg } = isSame ? state : await open(state.word);
    if (!state.isReachable) log.info('source of the model answers again', { model: state.name });
    state.isReachable = true;
    state.stamp = stamp;
    if (pkg.digest === state.pkg.digest) return false;
    state.pkg = pkg;
    state.info = infoOf(state.name, state.info.version + 1, pkg);
    return true;
  } catch (error) {
    if (state.isReachable)
      log.warn('source of the model does not answer; the last version goes on', { model: state.name, error });
    state.isReachable = false;
    return false;
  }
}

function stateOf({ name, word, opened: { pkg } }: FollowedModel): State {
  return { name, word, pkg, info: infoOf(name, 1, pkg), stamp: undefined, isReachable: true };
}

function infoOf(model: string, version: number, { digest, files, manifest }: Package): VersionInfo {
  const size = files.values().reduce((sum, file) => sum + file.length, 0);
  const { what } = manifest.source;
  const facts = { createdAt: new Date().toISOString(), newest: true, aliases: [], source: {}, summary: { what } };
  return { model, version, digest, size, ...facts };
}

function means(ref: string, { name, info }: State): boolean {
  return (
    ref === name ||
    ref === `${name}:${info.version}` ||
    (ref.includes('@sha256:') && info.digest.startsWith(ref.slice(name.length + 1)))
  );
}

/** What tells the bytes behind a word from others without reading them. */
async function stampOf(word: string): Promise<string | undefined> {
  const place = word.replace(/#sha256=.*$/i, '');
  if (/^https?:/i.test(place)) {
    const response = await fetch(place, { method: 'HEAD', signal: AbortSignal.timeout(HEAD_TIMEOUT_MS) });
    if (response.status === 405 || response.status === 501) return undefined;
    if (!response.ok) throw fail('FILE_NOT_FOUND', { path: place }, { hint: `The server answers ${response.status}.` });
    const { headers } = response;
    const changed = headers.get('last-modified');
    return headers.get('etag') ?? (changed === null ? undefined : `${changed} ${headers.get('content-length')}`);
  }
  const url = URL.parse(place);
  if (url?.protocol === 's3:') return (await s3Object('HEAD', url)).headers.get('etag') ?? undefined;
  if (isUri(place)) return undefined;
  const { mtimeMs, size, ino } = await stat(isPackageFolder(place) ? join(place, layout.manifest) : place);
  return `${mtimeMs} ${size} ${ino}`;
}
