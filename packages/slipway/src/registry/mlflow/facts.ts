import { packagesFolder } from '../../mlflow-api/index.ts';
import type { ModelRecord, VersionRecord } from '../catalog/records.ts';

/** A model as MLflow's clients read it. What is empty is left out, as protobuf does. */
export function modelFacts(model: ModelRecord, latest: readonly VersionRecord[]): object {
  const { title, createdAt, updatedAt, description, tags, aliases } = model;
  const pairs = pairsOf(tags);
  return {
    name: title,
    creation_timestamp: Date.parse(createdAt),
    last_updated_timestamp: Date.parse(updatedAt),
    ...(description === '' ? {} : { description }),
    ...(latest.length === 0 ? {} : { latest_versions: latest.map((version) => versionFacts(version, false)) }),
    ...(pairs.length === 0 ? {} : { tags: pairs }),
    ...(aliases.length === 0
      ? {}
      : { aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })) }),
  };
}

/** A version as MLflow's clients read it. Its import shows in tags, since its files can be loaded whatever comes of it. */
export function versionFacts(version: VersionRecord, withAliases = true): object {
  const { title, createdAt, updatedAt, stage, description, runId, runLink, aliases } = version;
  const pairs = pairsOf({ ...version.tags, ...importTags(version) });
  return {
    name: title,
    version: String(version.version),
    creation_timestamp: Date.parse(createdAt),
    last_updated_timestamp: Date.parse(updatedAt),
    current_stage: stage,
    ...(description === null ? {} : { description }),
    source: sourceOf(version),
    ...(runId === null ? {} : { run_id: runId }),
    status: 'READY',
    ...(pairs.length === 0 ? {} : { tags: pairs }),
    ...(runLink === null ? {} : { run_link: runLink }),
    ...(withAliases && aliases.length > 0 ? { aliases } : {}),
  };
}

/** Where clients find the files of a version: those that were logged, or those of the package. */
export function downloadUri({ artifacts, digest, origin }: VersionRecord): string {
  return artifacts ?? (digest === null ? (origin ?? '') : packageUri(digest));
}

/** The artifact URI of a package on this server. */
function packageUri(digest: string): string {
  return `mlflow-artifacts:/${packagesFolder}/${digest.replace(':', '-')}`;
}

function sourceOf(version: VersionRecord): string {
  return version.origin ?? downloadUri(version);
}

/** What the import of a version came to. Versions that were imported on the command line have nothing to tell. */
function importTags({ origin, state, problem, digest }: VersionRecord): Record<string, string> {
  if (origin === null) return {};
  if (digest !== null) return { 'slipway.import': 'converted', 'slipway.package': digest };
  if (state === 'pending') return { 'slipway.import': 'pending' };
  return state === 'refused' ? { 'slipway.import': 'refused', 'slipway.report': problem ?? '' } : {};
}

function pairsOf(tags: Readonly<Record<string, string>>): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Of versions with the newest first; given with the oldest first. */
export function newestPerStage(versions: readonly VersionRecord[]): VersionRecord[] {
  const seen = new Set<string>();
  return versions.filter(({ stage }) => !seen.has(stage) && seen.add(stage)).toReversed();
}
