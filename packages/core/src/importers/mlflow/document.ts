import { parseDocument } from 'yaml';
import { fail } from '../../errors/index.ts';

/** What Slipway reads of an `MLmodel` file. Everything else in it is left alone. */
export interface MlmodelDocument {
  readonly flavors: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly inputs: readonly MlmodelColumn[] | undefined;
  readonly lineage: Readonly<Record<string, unknown>>;
}

/** A column of the signature: `type` is MLflow's (double, long, string, boolean, datetime, …). */
export interface MlmodelColumn {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
}

const LINEAGE = [
  'run_id',
  'model_id',
  'model_uuid',
  'mlflow_version',
  'utc_time_created',
  'databricks_runtime',
  'metadata',
];

/** Reads the YAML of an `MLmodel` file, plain data only: tags that build Python objects are refused. */
export function readMlmodel(bytes: Uint8Array): MlmodelDocument {
  const text = new TextDecoder().decode(bytes);
  const tag = /!!?python\/[\w./:]+/.exec(text)?.[0];
  if (tag) throw fail('UNSAFE_FILE', { global: `${tag} in MLmodel` });
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw corrupt(problem.message.split('\n')[0] as string);
  const root = record(safely(() => document.toJS({ maxAliasCount: 100 }) as unknown));
  const flavors = Object.fromEntries(
    Object.entries(record(root['flavors'] ?? {})).map(([name, flavor]) => [name, record(flavor ?? {})]),
  );
  return {
    flavors,
    inputs: columnsOf(root['signature']),
    lineage: Object.fromEntries(
      LINEAGE.flatMap((key) => (root[key] === undefined || root[key] === null ? [] : [[key, root[key]]])),
    ),
  };
}

function safely<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'MLmodel', problem: 'too many aliases in the YAML' }, { cause });
  }
}

/** Columns of `signature.inputs`, a JSON text; undefined for tensor signatures and where there is none. */
function columnsOf(signature: unknown): MlmodelColumn[] | undefined {
  const text =
    typeof signature === 'object' && signature !== null ? (signature as Record<string, unknown>)['inputs'] : undefined;
  if (typeof text !== 'string') return undefined;
  let inputs: unknown;
  try {
    inputs = JSON.parse(text);
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'MLmodel', problem: 'signature.inputs is no JSON' }, { cause });
  }
  if (!Array.isArray(inputs)) return undefined;
  const columns = inputs.map((entry: unknown) => record(entry));
  if (!columns.every(({ name, type }) => typeof name === 'string' && typeof type === 'string' && type !== 'tensor'))
    return undefined;
  return columns.map(({ name, type, required, optional }) => ({
    name: name as string,
    type: type as string,
    required: required !== false && optional !== true,
  }));
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt('a part of it is no mapping');
  return value as Record<string, unknown>;
}

export function corrupt(problem: string): Error {
  return fail('CORRUPT_FILE', { format: 'MLmodel', problem });
}
