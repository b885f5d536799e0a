import type { DeclaredImage } from '@slipway/core/pre';

/** What an import is asked to do. Plain data: it crosses from process to process. */
export interface IntakeOptions {
  /** A file or folder of this machine. */
  readonly path: string;
  /** As the user knows the source; the name of the file where it was not downloaded. */
  readonly name: string;
  readonly object?: string | undefined;
  readonly threshold?: number | undefined;
  /** Preprocessing of pictures: a preset, or the object of a preprocessor_config.json. */
  readonly image?: DeclaredImage | undefined;
  /** Rows with the answers of the original, as CSV or JSON lines. */
  readonly sample?: string | undefined;
}
