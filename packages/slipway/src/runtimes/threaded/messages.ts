import type { ErrorCode } from '@slipway/core/errors';
import type { ValueInfo } from '@slipway/core/onnx';
import type { PreStep } from '@slipway/core/pre';
import type { Tensor } from '@slipway/core/tensor';

/** What a thread is started with. */
export interface ThreadData {
  /** The graph as ONNX bytes. */
  readonly graph: Uint8Array;
  readonly runtime: 'compiled' | 'onnx';
  readonly pre: readonly PreStep[] | undefined;
  readonly outputs: readonly string[] | undefined;
}

export interface ThreadRequest {
  readonly id: number;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: readonly string[] | undefined;
}

/** An error of the catalogue, or the text of another one. */
export interface ThreadProblem {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly hint: string;
}

export type ThreadReply =
  | {
      readonly kind: 'ready';
      readonly inputs: readonly ValueInfo[];
      readonly outputs: readonly ValueInfo[];
      readonly memory: number;
    }
  | { readonly kind: 'answer'; readonly id: number; readonly outputs: Readonly<Record<string, Tensor>> }
  | { readonly kind: 'problem'; readonly id: number | undefined; readonly problem: ThreadProblem };
