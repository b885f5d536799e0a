import { inspect as inspectSource, type Findings } from '@slipway/core/conversion';
import { nodeInflate } from '../stores/index.ts';
import type { IntakeOptions } from './options.ts';
import { readSource, type SourceFacts } from './source.ts';

/** What a file turned out to be. Nothing of it was executed. */
export interface Inspection extends Findings {
  readonly file: SourceFacts;
}

/** Reads a file as far as possible; a file that is refused still shows what was found. */
export function inspect(
  { path, name, object, threshold, image }: IntakeOptions,
  file: SourceFacts,
): Promise<Inspection> {
  return Promise.try(() => {
    const { findings } = inspectSource(readSource(path, name), { inflate: nodeInflate, object, threshold, image });
    return { file, ...findings };
  });
}
