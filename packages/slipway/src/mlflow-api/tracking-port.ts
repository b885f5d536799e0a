/** A run or logged model, as far as the registry asks for it. */
export interface ArtifactHome {
  /** Where its artifacts lie: `mlflow-artifacts:/0/…/artifacts`, a folder, `s3://…`. */
  readonly artifactUri: string;
  /** Of a logged model: the run that made it. */
  readonly runId?: string | undefined;
}

/** What the registry asks of the tracking server beside it. */
export interface TrackingPort {
  /** Undefined when there is no such run. */
  run(runId: string): Promise<ArtifactHome | undefined>;
  /** Undefined when there is no such logged model. */
  loggedModel(modelId: string): Promise<ArtifactHome | undefined>;
  /** Copies everything below an artifact URI of this server into an empty folder; false when it lies elsewhere or is empty. */
  download(uri: string, folder: string): Promise<boolean>;
  /** Notes on a logged model that it became a version of a registered model. */
  noteVersion(modelId: string, model: string, version: string): Promise<void>;
}

/** Folder of the artifacts in which packages of the registry show, each below its digest. Nobody writes there. */
export const packagesFolder = 'slipway-packages';

/** A file of a package. */
export interface PackageFile {
  readonly size: number;
  read(): Promise<Uint8Array>;
}

/** Packages of the registry, for clients that load them as artifacts. */
export interface PackageArtifacts {
  /** The files of the package with this digest (`sha256-…`), by their paths; undefined when there is none. */
  files(digest: string): Promise<ReadonlyMap<string, PackageFile> | undefined>;
}
