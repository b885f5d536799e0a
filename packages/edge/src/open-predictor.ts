import { fromModule, type Factory } from '@slipway/core/compiled';
import type { Signature } from '@slipway/core/signature';
import { predictorOf, type Predictor } from './predictor.ts';

/** A model that was compiled before: what `writeModule` wrote, and two documents of the package. */
export interface ModuleFiles {
  /** Default export of the written module. */
  readonly factory: Factory;
  /** The bytes beside it. */
  readonly bin: Uint8Array;
  /** `signature` of slipway.json. */
  readonly signature: Signature;
  /** pre.json, parsed, where the package has one. */
  readonly pre?: unknown;
}

/** Makes a predictor of a compiled module. Generates no code, so it runs where `new Function` is forbidden. */
export function openPredictor({ factory, bin, signature, pre }: ModuleFiles): Predictor {
  return predictorOf(signature, fromModule(factory, bin), pre);
}
