import { fail } from '../errors/index.ts';
import { sniff, type Inflate } from '../formats/index.ts';
import { readZip } from '../formats/zip/index.ts';
import type { OriginalGolden, Source } from '../importers/index.ts';

/** What `slipway_save.py` wrote beside the model. */
export interface Saved {
  /** The model file alone. */
  readonly model: Source;
  /** Keys that lead to the model inside the file, for bundles. */
  readonly object: string | undefined;
  readonly goldens: readonly SavedGolden[];
  readonly python: string | undefined;
  /** `name==version` of what the model was made with. */
  readonly requirements: readonly string[];
}

export interface SavedGolden extends OriginalGolden {
  /** Methods that refused this row, with the library's message. */
  readonly errors?: Readonly<Record<string, string>> | undefined;
}

const about = 'slipway-save.json';
const mostGoldens = 1000;

/** Opens what `slipway_save.py` wrote, a folder or a zip; undefined when the source is something else. */
export function openSaved(source: Source, inflate: Inflate): Saved | undefined {
  const files =
    source.files ?? (source.bytes && sniff(source.bytes) === 'zip' ? unzip(source.bytes, inflate) : undefined);
  const described = files?.get(about);
  if (!files || !described) return undefined;
  const info = parse(text(described()), about);
  const model = record(info['model']);
  const file = String(model['file']);
  const bytes = files.get(file);
  if (!bytes) throw wrong(`"${file}" is missing`);
  const path = Array.isArray(model['object_path']) ? model['object_path'].map(String) : [];
  const listed = record(info['goldens'])['file'];
  const goldens = files.get(typeof listed === 'string' ? listed : 'goldens.jsonl');
  const environment = record(info['environment']);
  return {
    model: { name: file, bytes: bytes() },
    object: path.length ? path.join('.') : undefined,
    goldens: goldens ? readSavedGoldens(text(goldens())) : [],
    python: typeof environment['python'] === 'string' ? environment['python'] : undefined,
    requirements: Object.entries(record(environment['packages'])).map(
      ([name, version]) => `${name}==${String(version)}`,
    ),
  };
}

/** Lines `{"row": …, "outputs": {method: answer}}`. */
export function readSavedGoldens(lines: string): SavedGolden[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, mostGoldens)
    .map((line, i) => {
      const golden = parse(line, `goldens.jsonl, line ${i + 1}`);
      if (golden['row'] === undefined) throw wrong(`line ${i + 1} of goldens.jsonl has no row`);
      const errors = record(golden['errors']) as Record<string, string>;
      return { row: golden['row'], outputs: record(golden['outputs']), errors };
    });
}

function unzip(bytes: Uint8Array, inflate: Inflate): ReadonlyMap<string, () => Uint8Array> {
  return readZip(bytes, inflate).files();
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function parse(json: string, where: string): Record<string, unknown> {
  try {
    return record(JSON.parse(json));
  } catch (cause) {
    throw fail('CORRUPT_FILE', { format: 'slipway_save', problem: `${where} is not JSON` }, { cause });
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function wrong(problem: string) {
  return fail('CORRUPT_FILE', { format: 'slipway_save', problem });
}
