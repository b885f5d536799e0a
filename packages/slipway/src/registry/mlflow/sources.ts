import { posix } from 'node:path';
import type { Call } from '@slipway/core/protocols';
import { invalid, type TrackingPort } from '../../mlflow-api/index.ts';
import { downloadUri } from './facts.ts';
import { parseModelUri, type ModelUri } from './model-uri.ts';
import { modelOf, versionOf, type RegistryWireOptions } from './shared.ts';

/** What a client says about where a new version comes from. */
export interface GivenSource {
  readonly source: string;
  readonly runId: string | undefined;
  readonly modelId: string | undefined;
}

/** A source that may be registered, with what it leads to. */
export interface Source {
  readonly origin: string;
  /** Where the files lie. */
  readonly artifacts: string;
  readonly runId: string;
  readonly modelId: string | undefined;
}

/**
 * Decides whether a source may become a version, as the reference server does: what lies on this server must belong to the
 * run or logged model that is named with it, so that nobody registers the files of others or of the machine.
 */
export async function resolveSource(options: RegistryWireOptions, call: Call, given: GivenSource): Promise<Source> {
  refuseHosts(given.source);
  const { source, runId, modelId, artifacts } = await throughVersion(options, call, given);
  const { tracking } = options;
  if (modelId) await checkOfModel(tracking, source, modelId);
  else await checkOfRun(tracking, source, runId ?? '');
  const logged = modelId ? await tracking?.loggedModel(modelId) : undefined;
  const own = runId ? runId : (logged?.runId ?? '');
  if (artifacts !== undefined) return { origin: source, artifacts, runId: own, modelId };
  if (schemeOf(source) === 'models')
    return { origin: source, artifacts: logged?.artifactUri ?? source, runId: own, modelId };
  return { origin: source, artifacts: await fromRun(tracking, source), runId: own, modelId };
}

/** `models:/churn/3`, `models:/churn@champion`: the version that it means, its run and logged model. */
async function throughVersion(
  options: RegistryWireOptions,
  call: Call,
  given: GivenSource,
): Promise<GivenSource & { readonly artifacts?: string }> {
  const { source, runId, modelId } = given;
  if (schemeOf(source) !== 'models') return given;
  if (authorityOf(source) !== '')
    throw invalid(
      `Invalid model version source: '${source}'. Registered model sources must use the active model registry.`,
    );
  const meant = parseModelUri(source);
  if (!meant) throw wrongSource(source, 'model_id');
  if (meant.id !== undefined) return given;
  const model = await modelOf(options, call, meant.name, 'read');
  const number = meant.version ?? (await numberOf(options, model.id, meant, model.aliases));
  const version = await versionOf(options, call, meant.name, number, 'read');
  const differs = (own: string | undefined, other: string | null) => own !== undefined && own !== (other ?? '');
  if (differs(runId, version.runId) || differs(modelId, version.loggedModelId))
    throw invalid(
      `Invalid model version source: '${source}'. The run_id and model_id request parameters must match the referenced model version.`,
    );
  return {
    source: `models:/${meant.name}/${version.version}`,
    runId: runId ?? version.runId ?? undefined,
    modelId: undefined,
    artifacts: downloadUri(version),
  };
}

async function numberOf(
  { versions }: RegistryWireOptions,
  modelId: number,
  { name, stage, alias }: ModelUri,
  aliases: readonly { readonly alias: string; readonly version: number }[],
): Promise<string> {
  if (alias !== undefined) {
    const found = aliases.find((one) => one.alias === alias);
    if (!found) throw invalid(`Registered model alias ${alias} not found.`);
    return String(found.version);
  }
  const all = await versions.list(modelId);
  const found = stage === undefined ? all[0] : all.find((one) => one.stage.toLowerCase() === stage.toLowerCase());
  if (!found) throw invalid(`No versions of model with name '${name}'${stage ? ` and stage '${stage}'` : ''} found`);
  return String(found.version);
}

async function checkOfRun(tracking: TrackingPort | undefined, source: string, runId: string): Promise<void> {
  if (isLocal(source)) {
    const run = runId === '' ? undefined : await tracking?.run(runId);
    if (runId !== '' && !run) throw wrongSource(source, 'run_id');
    if (run && isLocal(run.artifactUri) && isWithin(pathOf(source), pathOf(run.artifactUri))) return;
    throw invalid(
      `Invalid model version source: '${run ? pathOf(source) : source}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.`,
    );
  }
  refuseRelative(source);
  const scheme = schemeOf(source);
  if (scheme === 'runs') {
    const named = /^runs:\/([^/]+)\//.exec(source)?.[1];
    if (authorityOf(source) === '' && runId !== '' && named === runId) return;
    throw wrongSource(source, 'run_id');
  }
  if (scheme === 'models' && (authorityOf(source) !== '' || parseModelUri(source)?.id !== undefined))
    throw wrongSource(source, 'model_id');
  if (!isServed(source)) return;
  const run = runId === '' ? undefined : await tracking?.run(runId);
  if (!run || !isBelow(source, run.artifactUri)) throw wrongSource(source, 'run_id');
}

async function checkOfModel(tracking: TrackingPort | undefined, source: string, modelId: string): Promise<void> {
  const logged = async () => {
    const found = await tracking?.loggedModel(modelId);
    if (!found) throw wrongSource(source, 'model_id');
    return found;
  };
  if (isLocal(source)) {
    const { artifactUri } = await logged();
    if (isLocal(artifactUri) && isWithin(pathOf(source), pathOf(artifactUri))) return;
    throw invalid(
      `Invalid model version source: '${pathOf(source)}'. To use a local path as a model version source, the model_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the model_id.`,
    );
  }
  refuseRelative(source);
  const scheme = schemeOf(source);
  if (scheme === 'models' && authorityOf(source) === '') {
    const { id } = parseModelUri(source) ?? {};
    if (id === undefined) return;
    if (id !== modelId) throw wrongSource(source, 'model_id');
    await logged();
    return;
  }
  if (scheme === 'models' || scheme === 'runs') throw wrongSource(source, 'model_id');
  if (isServed(source) && !isBelow(source, (await logged()).artifactUri)) throw wrongSource(source, 'model_id');
}

/** `runs:/ID/model` lies below the artifacts of the run. */
async function fromRun(tracking: TrackingPort | undefined, source: string): Promise<string> {
  const [, id, path = ''] = /^runs:\/([^/]+)\/?(.*)$/.exec(source) ?? [];
  const run = id === undefined ? undefined : await tracking?.run(id);
  return run ? `${run.artifactUri}/${path}` : source;
}

const HOSTS = ['http', 'https', 'ftp', 'sftp', 'hdfs', 'viewfs'];

function refuseHosts(source: string): void {
  const scheme = schemeOf(source);
  if (!HOSTS.includes(scheme)) return;
  throw invalid(
    `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`,
  );
}

function refuseRelative(source: string): void {
  const plain = unquoted(source);
  const path = plain
    .replace(/^[a-z][a-z0-9+.-]*:(\/\/[^/?#]*)?/i, '')
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '')
    .replaceAll(/\/+/g, '/');
  const isPlain = !plain.includes('\0') && !plain.split('/').includes('..') && posix.resolve('/', path) === path;
  // A host alone has no path; whatever the client meant, it is not a folder.
  if (isPlain) return;
  throw invalid(
    `Invalid model version source: '${source}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.`,
  );
}

function unquoted(text: string): string {
  for (let at = text; ;) {
    let next = at;
    try {
      next = decodeURIComponent(at.replaceAll('+', ' '));
    } catch {
      return at;
    }
    if (next === at) return at;
    at = next;
  }
}

function wrongSource(source: string, parameter: string) {
  return invalid(
    `Invalid model version source: '${source}'. The ${parameter} request parameter must identify the resource that contains the source.`,
  );
}

function schemeOf(uri: string): string {
  return (/^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1] ?? '').toLowerCase();
}

function authorityOf(uri: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(uri)?.[1] ?? '';
}

function isLocal(uri: string): boolean {
  const scheme = schemeOf(uri);
  return scheme === '' || scheme === 'file';
}

/** Artifacts that this server, or another of its kind, hands out. */
function isServed(uri: string): boolean {
  return schemeOf(uri) === 'mlflow-artifacts';
}

function pathOf(uri: string): string {
  return posix.resolve('/', unquoted(uri.replace(/^file:(?:\/\/[^/]*)?/i, '')));
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function isBelow(source: string, root: string): boolean {
  const parts = (uri: string) => [
    schemeOf(uri),
    authorityOf(uri).toLowerCase(),
    ...uri
      .replace(/^[^:]*:(\/\/[^/]*)?/, '')
      .split('/')
      .filter(Boolean)
      .map(unquoted),
  ];
  const [own, other] = [parts(source), parts(root)];
  return other.length > 2 && other.every((part, i) => own[i] === part);
}
