import type { Package } from '@slipway/core/package';
import { readOptions, type GivenOptions, type OptionValues, type TargetOptions } from './options.ts';
import type { Plan } from './plan.ts';

/** The model that is taken somewhere. */
export interface DeliveredModel {
  readonly pkg: Package;
  /** Letters, digits, `.`, `_`, `-`. */
  readonly name: string;
  /** Undefined for what does not come from the registry. */
  readonly version: number | undefined;
}

/** One way out: takes a package somewhere. */
export interface DeliveryTarget {
  /** kebab-case; also the folder, the docs page, and the word behind `--target`. */
  readonly id: string;
  readonly title: string;
  /** One line of `slipway build --help`. */
  readonly summary: string;
  readonly options: TargetOptions;
  /**
   * Says what to write and to do. Pure: no disk, no network, no clock; the same model and options give the same plan.
   * USAGE for wrong options, UNDELIVERABLE for a model that cannot run there.
   */
  plan(model: DeliveredModel, options?: GivenOptions): Promise<Plan>;
}

interface TargetSpec<T extends TargetOptions> extends Omit<DeliveryTarget, 'options' | 'plan'> {
  readonly options: T;
  plan(model: DeliveredModel, options: OptionValues<T>): Plan | Promise<Plan>;
}

/** Makes a target whose `plan` gets its options checked, complete, and typed by their table. */
export function deliveryTarget<const T extends TargetOptions>(spec: TargetSpec<T>): DeliveryTarget {
  return {
    ...spec,
    plan: async (model, given = {}) => await spec.plan(model, readOptions(spec.id, spec.options, given)),
  };
}

/** `churn:3`, or `churn` for what has no version. */
export function labelOf({ name, version }: DeliveredModel): string {
  return version === undefined ? name : `${name}:${version}`;
}
