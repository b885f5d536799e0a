import { fail } from '@slipway/core/errors';

/** An option of a target: `--memory 512` on the command line. Its name is its key in the target's table, in kebab-case. */
export interface TargetOption {
  readonly type: 'text' | 'number' | 'switch';
  /** One line of the help. */
  readonly help: string;
  /** Stands for the value in help texts, such as `MB`; switches have none. */
  readonly value?: string | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly default?: string | number | undefined;
  readonly required?: true | undefined;
}

export type TargetOptions = Readonly<Record<string, TargetOption>>;

/** What a caller gives; what is missing takes its default. */
export type GivenOptions = Readonly<Record<string, string | number | boolean | undefined>>;

type ValueOf<O extends TargetOption> = O['type'] extends 'number'
  ? number
  : O['type'] extends 'switch'
    ? boolean
    : O extends { readonly choices: readonly (infer Choice)[] }
      ? Choice
      : string;

/** The values of a table of options: those with a default are always there. */
export type OptionValues<T extends TargetOptions> = {
  readonly [K in keyof T]: T[K] extends { default: string | number } | { required: true } | { type: 'switch' }
    ? ValueOf<T[K]>
    : ValueOf<T[K]> | undefined;
};

/** Checks given options against a target's table and fills in its defaults; USAGE names the first that is wrong. */
export function readOptions<T extends TargetOptions>(id: string, table: T, given: GivenOptions): OptionValues<T> {
  const advice = `See \`slipway build --target ${id} --help\`.`;
  for (const name of Object.keys(given)) {
    if (given[name] === undefined || Object.hasOwn(table, name)) continue;
    throw fail('USAGE', { problem: `The target ${id} has no option --${name}.`, advice });
  }
  const values = Object.entries(table).map(([name, option]) => [name, valueOf(name, option, given[name], advice)]);
  return Object.fromEntries(values) as OptionValues<T>;
}

function valueOf(name: string, option: TargetOption, given: GivenOptions[string], advice: string) {
  const value = given ?? option.default ?? (option.type === 'switch' ? false : undefined);
  if (value === undefined) {
    if (!option.required) return undefined;
    throw fail('USAGE', { problem: `--${name} ${option.value ?? ''} is missing.`.replace('  ', ' '), advice });
  }
  const type = { text: 'string', number: 'number', switch: 'boolean' }[option.type];
  const isChoice = option.choices === undefined || option.choices.includes(String(value));
  if (typeof value === type && isChoice && !Number.isNaN(value)) return value;
  const expected = option.choices?.join(' or ') ?? `a ${option.type === 'switch' ? 'truth value' : option.type}`;
  throw fail('USAGE', { problem: `--${name} must be ${expected}, not ${JSON.stringify(value)}.`, advice });
}
