import type { Protocol } from '@slipway/core/protocols';
import { mlflowWire } from '../mlflow-api/routes.ts';
import type { PackageArtifacts, TrackingPort } from '../mlflow-api/tracking-port.ts';
import type { RowStore } from '../stores/index.ts';
import { endpoints } from './endpoints.ts';

export interface TrackingOptions {
  readonly rows: RowStore;
  /** Folder of the artifacts. */
  readonly artifacts: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Packages of the registry, which clients read as artifacts. */
  readonly packages?: PackageArtifacts | undefined;
}

/** MLflow's tracking server on our port. Nothing but the table of its routes is loaded before the first request. */
export function trackingWire({ rows, artifacts, now = Date.now, packages }: TrackingOptions): Protocol {
  return mlflowWire('mlflow-tracking', 'MLflow tracking', endpoints, async () =>
    (await import('./handlers.ts')).trackingHandlers({ rows, artifacts, now, packages }),
  );
}

/** What the model registry asks of runs and logged models; loaded with its first question. */
export function trackingPort({ rows, artifacts, now = Date.now }: TrackingOptions): TrackingPort {
  let opened: Promise<TrackingPort> | undefined;
  const port = (): Promise<TrackingPort> =>
    (opened ??= import('./port.ts').then(({ openPort }) => openPort({ rows, artifacts, now })));
  return {
    run: async (runId) => (await port()).run(runId),
    loggedModel: async (modelId) => (await port()).loggedModel(modelId),
    download: async (uri, folder) => (await port()).download(uri, folder),
    noteVersion: async (modelId, model, version) => (await port()).noteVersion(modelId, model, version),
  };
}
