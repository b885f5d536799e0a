import type { AssetName } from './assets.ts';

/** What is in a planned file: text, bytes, a file of the package, or something that this installation brings. */
export type PlannedFile =
  | string
  | Uint8Array
  | { readonly package: string }
  | { readonly asset: AssetName; readonly path: string };

/** What a step is given when it runs. */
export interface StepContext {
  /** The folder with the planned files and what earlier steps wrote there. */
  readonly folder: string;
  /** For what takes long to make and may be lost: layers, downloads. Shared by every build on this machine. */
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Says what is going on, for a person who waits. */
  readonly say: (text: string) => void;
}

/** What a step has to report, for `--json`: digests, addresses. */
export type StepResult = Readonly<Record<string, unknown>>;

/**
 * Something to do after the files are written.
 *
 * `build` steps complete the folder before it appears; `deploy` steps change something elsewhere, and run for `slipway deploy`
 * only. A command is run in the folder without a shell. An action is code of ours, loaded when it runs.
 */
export type Step = {
  readonly title: string;
  readonly when: 'build' | 'deploy';
  /** What `--dry-run` shows beside the title: sizes, names, what costs money. Never secrets. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
} & (
  | { readonly run: readonly [program: string, ...args: string[]] }
  | { readonly act: (context: StepContext) => Promise<StepResult | void> }
);

/** Everything that a target wants done. Making one changes nothing anywhere. */
export interface Plan {
  /** By path in the folder, with `/`. */
  readonly files: Readonly<Record<string, PlannedFile>>;
  /** Files that can be executed. */
  readonly executables?: readonly string[] | undefined;
  readonly steps: readonly Step[];
  /** What the user should know or do next; one sentence each. */
  readonly notes: readonly string[];
}
