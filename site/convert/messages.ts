import type { Findings } from '@slipway/core/conversion';
import type { PlainError } from '@slipway/core/errors';

/** A file that was dropped or chosen. */
export interface PickedFile {
  /** Below the dropped folder, with `/`; the file's name where it was dropped alone. */
  readonly path: string;
  readonly file: Blob;
}

/** What was dropped, by the name that the user knows it by. */
export interface Picked {
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: readonly PickedFile[];
}

export type Product = 'onnx' | 'package' | 'module';

/** What the page asks its worker. `id` comes back with the reply. */
export type Request =
  | { readonly id: number; readonly ask: 'open'; readonly picked: Picked; readonly object: string | undefined }
  | { readonly id: number; readonly ask: 'check' }
  | { readonly id: number; readonly ask: 'predict'; readonly row: unknown }
  | { readonly id: number; readonly ask: 'make'; readonly product: Product };

/** What was found in the file, and what the file is. */
export interface Opened {
  readonly findings: Findings;
  readonly size: number;
  readonly sha256: string;
  /** The markup of the fields of a row, made by the same code as the server's form; escaped. */
  readonly fields: string;
  /** Who answers rows: compiled code, the plain reference where that lacks an operator, or nobody. */
  readonly answeredBy: 'compiled' | 'reference' | undefined;
  /** Why there is no compiled code, although the model was converted. */
  readonly notCompiled: PlainError | undefined;
}

/** What the gate said. */
export interface Checked {
  readonly adversarialRows: number;
  readonly originalRows: number;
  readonly goldens: number;
  readonly warnings: readonly string[];
  /** Bytes of model.onnx. */
  readonly graphBytes: number;
}

export interface Answered {
  readonly answer: unknown;
  /** Of the prediction alone, in milliseconds. */
  readonly ms: number;
}

export interface Made {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Results {
  readonly open: Opened;
  readonly check: Checked;
  readonly predict: Answered;
  readonly make: Made;
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainError }
  | { readonly id: number; readonly stage: string };
