import type { EndpointRule } from './endpoint-route.ts';
import type { ServedModel } from './served-model.ts';

/** A version as lists show it. */
export interface VersionInfo {
  readonly model: string;
  readonly version: number;
  /** `sha256:…` */
  readonly digest: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly newest: boolean;
  readonly aliases: readonly string[];
  /** Bytes of the package. */
  readonly size: number;
  readonly source: Readonly<Record<string, unknown>>;
  readonly summary: Readonly<Record<string, unknown>>;
}

/** Where models come from while the server runs: the registry. The engine loads what is asked for and keeps it. */
export interface ModelSource {
  /** The version behind `churn`, `churn:3`, `churn@champion`, `churn@sha256:…`; MODEL_NOT_FOUND or ALIAS_NOT_FOUND. */
  resolve(ref: string): Promise<VersionInfo>;
  /** Loads a version; it comes back warm and with its goldens replayed. */
  load(version: VersionInfo): Promise<ServedModel>;
  /** The newest version of each model, by name. */
  models(): Promise<readonly VersionInfo[]>;
  /** All versions of a model, the newest first; MODEL_NOT_FOUND. */
  versions(model: string): Promise<readonly VersionInfo[]>;
  /** Fails when it cannot be asked at the moment. */
  reach?(): Promise<void>;
  /** Names that lead to several versions; none where this is missing. */
  endpoints?(): Promise<readonly EndpointRule[]>;
  /** Stops sending requests to a target that does badly, for every server; nothing when the endpoint has changed since. */
  pauseTarget?(endpoint: EndpointRule, ref: string, why: string): Promise<void>;
  /** Calls back after models, versions or aliases changed. Returns how to stop. */
  watch(changed: () => void): () => void;
}
