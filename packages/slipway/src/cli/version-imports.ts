import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '@slipway/core/errors';
import type { TrackingPort } from '../mlflow-api/index.ts';
import type { Home, PendingVersion } from '../registry/index.ts';
import { temporaryPath } from '../stores/index.ts';
import type { Log } from '../telemetry/index.ts';
import { repeat, type Repeated } from './repeat.ts';
import { summaryOf } from './summary.ts';

export interface VersionImportsOptions {
  readonly home: Home;
  /** Folder of all state. */
  readonly folder: string;
  readonly tracking: TrackingPort | undefined;
  readonly log: Log;
}

/** An artifact URI of a package of this server. */
const packagePath = /^mlflow-artifacts:(?:\/\/[^/]*)?\/slipway-packages\/sha256-([0-9a-f]{64})$/;

/**
 * Imports versions that MLflow's clients registered, one after the other, while the server serves. What cannot be converted
 * keeps its reason; its files stay what they are.
 */
export function startVersionImports(options: VersionImportsOptions): Repeated {
  const { home, log } = options;
  return repeat('imports', log, async (self) => {
    for (let next = await home.imports.claim(); next; next = self.isOver ? undefined : await home.imports.claim()) {
      await importOne(options, next);
      home.registry.changed();
    }
  });
}

async function importOne(
  { home, folder, tracking, log }: VersionImportsOptions,
  pending: PendingVersion,
): Promise<void> {
  const model = `${pending.name}:${pending.version}`;
  const temporary = join(folder, 'tmp');
  const place = temporaryPath(temporary);
  try {
    const digest = packagePath.exec(pending.artifacts)?.[1];
    if (digest !== undefined && (await home.imports.link(pending, `sha256:${digest}`))) return;
    await mkdir(place, { recursive: true });
    if (!tracking || !(await tracking.download(pending.artifacts, place))) {
      await home.imports.refuse(pending, `FILE_NOT_FOUND: ${pending.artifacts} is no place that this server reads.`);
      return;
    }
    const { makePackage } = await import('../intake/index.ts');
    const { pkg } = await makePackage(place, { home: folder });
    await home.imports.finish(pending, pkg, summaryOf(pkg));
    log.info('version imported', { model, digest: pkg.digest });
  } catch (error) {
    const isKnown = error instanceof SlipwayError;
    if (!isKnown) log.error('import failed', { model, error });
    const problem = isKnown
      ? `${error.code}: ${error.message} ${error.hint}`
      : 'INTERNAL: the log of the server says why.';
    await home.imports.refuse(pending, problem);
    if (isKnown) log.warn('version refused', { model, code: error.code, problem: error.message });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
