import type { Signature, SizeLimits } from '@slipway/core/signature';
import type { LoadedModel } from '../runtimes/runtime.ts';
import type { Limiter } from './limiter.ts';

/** What a served model is made of. */
export interface ServedModelOptions {
  readonly name: string;
  /** Undefined for files that are served without a registry. */
  readonly version?: number | undefined;
  /** `sha256:…` of the package. */
  readonly digest: string;
  readonly signature: Signature;
  /** Executes batches. */
  readonly batch: LoadedModel;
  /** Executes single rows, where its row form is faster. */
  readonly row?: LoadedModel | undefined;
  readonly limiter: Limiter;
  /** Size of the package. */
  readonly bytes?: number | undefined;
  /** Bytes that it takes in memory beside its executors. */
  readonly memory?: number | undefined;
  /** Of one request; none unless given. */
  readonly sizes?: SizeLimits | undefined;
  /** One line about the model: `scikit-learn pipeline`. */
  readonly about?: string | undefined;
  /** A row to show and to warm up with; made from the signature unless given. */
  readonly example?: unknown;
  /** Replays the goldens; throws when an answer differs. Called once, before the first request. */
  readonly verify?: (() => Promise<void>) | undefined;
}
