import { importModel, type Imported, type ImportOptions, type Source } from '../importers/index.ts';
import { openSaved, type Saved } from './saved.ts';

/** A model that was read, and what `slipway_save.py` wrote beside it. */
export interface Converted {
  readonly imported: Imported;
  readonly saved: Saved | undefined;
}

/** Reads and converts a model without executing anything of it. */
export function convert(source: Source, options: ImportOptions): Converted {
  const saved = openSaved(source, options.inflate);
  const imported = importModel(saved?.model ?? source, { ...options, object: options.object ?? saved?.object });
  return { imported, saved };
}

/** What the original is to be installed with. */
export function requirementsOf({ imported, saved }: Converted): string[] {
  return [...new Set([...imported.report.requirements, ...(saved?.requirements ?? [])])];
}
