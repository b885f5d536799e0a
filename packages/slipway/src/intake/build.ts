import { convert, draftPackage, finishPackage, type Gated } from '@slipway/core/conversion';
import { compileRows } from '@slipway/core/signature';
import { nodeInflate, sha256Hex } from '../stores/index.ts';
import { passGate } from './gate.ts';
import type { IntakeOptions } from './options.ts';
import { readSample } from './sample.ts';
import { readSource, type SourceFacts } from './source.ts';
import { version } from './version.ts';

/** The files of a package, and what only this machine needs to know of its making. */
export interface Built {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly executors: Gated['executors'];
  readonly warnings: readonly string[];
}

/** A model file → the files of a package that passed the gate. Runs in a process of its own: see {@link isolate}. */
export async function build(
  { path, name, sample, object, threshold, image }: IntakeOptions,
  source: SourceFacts,
): Promise<Built> {
  const converted = convert(readSource(path, name), { inflate: nodeInflate, object, threshold, image });
  const { imported } = converted;
  const draft = draftPackage(converted, { threshold });
  const given = sample === undefined ? [] : readSample(sample, compileRows(imported.signature), draft.answer);
  const gated = await passGate(imported, draft.graph.byteLength, [...draft.originals, ...given], draft.answer);
  const files = finishPackage(draft, gated, { source, version, options: { object, threshold, image } }, sha256Hex);
  return { files, executors: gated.executors, warnings: [...imported.report.warnings, ...gated.report.warnings] };
}
