import { fail } from '@slipway/core/errors';
import type { Command, Flag } from './command.ts';
import { suggest } from './suggest.ts';

/** Flags that every command takes. */
export const commonFlags: readonly Flag[] = [
  { name: 'home', value: 'DIR', help: 'Folder of all state (default: ~/.slipway).' },
  { name: 'json', help: 'Machine output: JSON on stdout, nothing else there.' },
  { name: 'help', short: 'h', help: 'Show this help.', env: false },
];

/** The flags of one call. */
export class Flags {
  readonly #values: ReadonlyMap<string, string | boolean>;

  constructor(values: ReadonlyMap<string, string | boolean>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  has(name: string): boolean {
    return this.#values.get(name) === true;
  }
}

export interface Parsed {
  readonly args: readonly string[];
  readonly flags: Flags;
}

/**
 * Reads the words behind a verb: `--flag value`, `--flag=value`, `--switch`, `--no-switch`, `-h`; `--` ends the flags and
 * `-` is a plain word. A flag that is not given is taken from `SLIPWAY_FLAG`. What is wrong is USAGE.
 */
export async function parseArguments(
  words: readonly string[],
  command: Command,
  environment: NodeJS.ProcessEnv,
): Promise<Parsed> {
  const known = [...command.flags, ...commonFlags];
  const values = fromEnvironment(known, environment, command);
  const args: string[] = [];
  const advice = `See \`slipway ${command.name} --help\`.`;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === '--') {
      args.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word);
      continue;
    }
    const [, name = '', , inline] = /^(-[^=]*)(=([\s\S]*))?$/.exec(word) ?? [];
    const { flag, on } = await findFlag(name, known, advice);
    if (flag.value === undefined) {
      if (inline !== undefined) throw usage(`--${flag.name} takes no value.`, advice);
      values.set(flag.name, on);
      continue;
    }
    const value = inline ?? words[++i];
    if (value === undefined) throw usage(`--${flag.name} needs a value: --${flag.name} ${flag.value}.`, advice);
    values.set(flag.name, checked(flag, value, `--${flag.name}`, advice));
  }
  // Asking for help is enough; whatever else is missing is what the help tells.
  if (values.get('help') !== true) checkCount(args, command, advice);
  return { args, flags: new Flags(values) };
}

function fromEnvironment(
  known: readonly Flag[],
  environment: NodeJS.ProcessEnv,
  command: Command,
): Map<string, string | boolean> {
  const values = new Map<string, string | boolean>();
  for (const flag of known) {
    if (flag.env === false) continue;
    const variable = variableOf(flag);
    const text = environment[variable];
    if (text === undefined || text === '') continue;
    const advice = `The environment sets ${variable}; see \`slipway ${command.name} --help\`.`;
    if (flag.value !== undefined) values.set(flag.name, checked(flag, text, variable, advice));
    else if (/^(1|true|yes|on)$/i.test(text)) values.set(flag.name, true);
    else if (!/^(0|false|no|off)$/i.test(text))
      throw usage(`${variable} must be true or false, not ${JSON.stringify(text)}.`, advice);
  }
  return values;
}

/** `SLIPWAY_ON_ERROR` for `--on-error`. */
export function variableOf(flag: Flag): string {
  return `SLIPWAY_${flag.name.toUpperCase().replaceAll('-', '_')}`;
}

async function findFlag(
  word: string,
  known: readonly Flag[],
  advice: string,
): Promise<{ readonly flag: Flag; readonly on: boolean }> {
  const name = word.replace(/^--?/, '');
  const isLong = word.startsWith('--');
  const flag = known.find((candidate) => (isLong ? candidate.name === name : candidate.short === name));
  if (flag) return { flag, on: true };
  const negated = known.find((candidate) => isLong && candidate.value === undefined && `no-${candidate.name}` === name);
  if (negated) return { flag: negated, on: false };
  const near = await suggest(
    name,
    known.map((candidate) => candidate.name),
  );
  throw usage(`There is no flag ${word}${near.replace('mean ', 'mean --')}.`, advice);
}

function checked(flag: Flag, value: string, source: string, advice: string): string {
  if (flag.choices && !flag.choices.includes(value)) {
    throw usage(`${source} must be ${flag.choices.join(' or ')}, not ${JSON.stringify(value)}.`, advice);
  }
  if (flag.type === 'number' && (value.trim() === '' || !Number.isFinite(Number(value)))) {
    throw usage(`${source} must be a number, not ${JSON.stringify(value)}.`, advice);
  }
  return value;
}

function checkCount(args: readonly string[], command: Command, advice: string): void {
  const missing = command.args.find((argument, i) => !argument.optional && args.length <= i);
  if (missing) throw usage(`${missing.name} is missing.`, advice);
  const last = command.args.at(-1);
  if (!last?.many && args.length > command.args.length) {
    throw usage(`${JSON.stringify(args[command.args.length])} is one argument too many.`, advice);
  }
}

function usage(problem: string, advice: string) {
  return fail('USAGE', { problem, advice });
}
