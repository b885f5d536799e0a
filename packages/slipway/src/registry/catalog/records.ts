import type { Row, RowStore } from '../../stores/index.ts';

/** A registered model with everything that people wrote about it. */
export interface ModelRecord {
  readonly id: number;
  /** As references name it: `churn`. */
  readonly name: string;
  /** As MLflow's clients name it: any text without `/` and `:`. The name itself where it can be one. */
  readonly title: string;
  readonly description: string;
  /** Markdown. */
  readonly card: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly { readonly alias: string; readonly version: number }[];
}

/** A version with everything that people wrote about it. Its package may be missing: it is being imported, or was refused. */
export interface VersionRecord {
  readonly modelId: number;
  readonly name: string;
  readonly title: string;
  readonly version: number;
  /** `sha256:…` of the package. */
  readonly digest: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly description: string | null;
  /** Stages of old MLflow: `None`, `Staging`, `Production`, `Archived`. */
  readonly stage: string;
  readonly state: 'ready' | 'pending' | 'refused';
  /** Why there is no package. */
  readonly problem: string | null;
  /** What the client gave as source. */
  readonly origin: string | null;
  /** Where its files lie. */
  readonly artifacts: string | null;
  readonly runId: string | null;
  readonly runLink: string | null;
  readonly loggedModelId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

export const modelColumns = 'm.id, m.name, m.title, m.description, m.card, m.created_at, m.updated_at';
export const versionColumns = `v.model_id, m.name, m.title, v.number, v.digest, v.created_at, v.updated_at, v.description,
  v.stage, v.state, v.problem, v.origin, v.artifacts, v.run_id, v.run_link, v.logged_model_id`;

/** Parameters of one statement at most. */
const MOST_KEYS = 500;

/** Completes rows of {@link modelColumns} by tags and aliases. */
export async function readModels(rows: RowStore, found: readonly Row[]): Promise<ModelRecord[]> {
  const ids = found.map((row) => Number(row['id']));
  const tags = groupBy(await perModel(rows, 'SELECT model_id, key, value FROM model_tags', ids, 'key'), idOf);
  const aliases = groupBy(await perModel(rows, 'SELECT model_id, name, number FROM aliases', ids, 'name'), idOf);
  return found.map((row) => ({
    id: Number(row['id']),
    name: String(row['name']),
    title: String(row['title']),
    description: String(row['description']),
    card: String(row['card']),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
    tags: tagsOf(tags.get(String(row['id']))),
    aliases: (aliases.get(String(row['id'])) ?? []).map((alias) => ({
      alias: String(alias['name']),
      version: Number(alias['number']),
    })),
  }));
}

/** Completes rows of {@link versionColumns} by tags and aliases. */
export async function readVersions(rows: RowStore, found: readonly Row[]): Promise<VersionRecord[]> {
  const ids = [...new Set(found.map((row) => Number(row['model_id'])))];
  const key = (row: Row): string => `${Number(row['model_id'])}:${Number(row['number'])}`;
  const tags = groupBy(await perModel(rows, 'SELECT model_id, number, key, value FROM version_tags', ids, 'key'), key);
  const aliases = groupBy(await perModel(rows, 'SELECT model_id, number, name FROM aliases', ids, 'name'), key);
  const text = (row: Row, name: string): string | null => (row[name] === null ? null : String(row[name]));
  return found.map((row) => ({
    modelId: Number(row['model_id']),
    name: String(row['name']),
    title: String(row['title']),
    version: Number(row['number']),
    digest: text(row, 'digest'),
    createdAt: String(row['created_at']),
    updatedAt: String(row['updated_at']),
    description: text(row, 'description'),
    stage: String(row['stage']),
    state: String(row['state']) as VersionRecord['state'],
    problem: text(row, 'problem'),
    origin: text(row, 'origin'),
    artifacts: text(row, 'artifacts'),
    runId: text(row, 'run_id'),
    runLink: text(row, 'run_link'),
    loggedModelId: text(row, 'logged_model_id'),
    tags: tagsOf(tags.get(key(row))),
    aliases: (aliases.get(key(row)) ?? []).map((alias) => String(alias['name'])),
  }));
}

async function perModel(rows: RowStore, select: string, ids: readonly number[], order: string): Promise<Row[]> {
  const all: Row[] = [];
  for (let at = 0; at < ids.length; at += MOST_KEYS) {
    const some = ids.slice(at, at + MOST_KEYS);
    const marks = some.map(() => '?').join(', ');
    all.push(...(await rows.read(`${select} WHERE model_id IN (${marks}) ORDER BY model_id, ${order}`, some)));
  }
  return all;
}

function idOf(row: Row): string {
  return String(row['model_id']);
}

function groupBy(all: readonly Row[], key: (row: Row) => string): Map<string, Row[]> {
  return Map.groupBy(all, key);
}

function tagsOf(all: readonly Row[] | undefined): Record<string, string> {
  // Keys are anybody's: `__proto__` is one like others here.
  const tags = Object.create(null) as Record<string, string>;
  for (const row of all ?? []) tags[String(row['key'])] = String(row['value']);
  return tags;
}
