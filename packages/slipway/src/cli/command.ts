import type { Flags } from './arguments.ts';
import type { Terminal } from './terminal.ts';

/** A flag of a command. */
export interface Flag {
  readonly name: string;
  /** Stands for the value in help texts, such as `FILE`; a flag without one is a switch. */
  readonly value?: string | undefined;
  readonly help: string;
  /** What the value may be, checked and shown. */
  readonly choices?: readonly string[] | undefined;
  /** `number`: the value must be one. */
  readonly type?: 'number' | undefined;
  /** False: not read from `SLIPWAY_…`, because another room reads the variable. */
  readonly env?: false | undefined;
  readonly short?: string | undefined;
}

/** A positional argument; `…` at the end takes all that follow. */
export interface Argument {
  readonly name: string;
  readonly help: string;
  readonly optional?: boolean | undefined;
  readonly many?: boolean | undefined;
}

export interface Example {
  readonly run: string;
  readonly does: string;
}

/** One verb of the command line. */
export interface Command {
  readonly name: string;
  /** One line of the overview. */
  readonly summary: string;
  /** What the help text says between usage and flags. */
  readonly about: string;
  readonly args: readonly Argument[];
  readonly flags: readonly Flag[];
  readonly examples: readonly Example[];
  /** The same command with flags that depend on the words behind it, where there are such. */
  forWords?(words: readonly string[], environment: NodeJS.ProcessEnv): Promise<Command>;
  /** Does it; the result is the exit code. Failures are thrown. */
  run(context: Context): Promise<number>;
}

/** What a command is given. */
export interface Context {
  readonly args: readonly string[];
  readonly flags: Flags;
  /** Machine output is wanted: JSON on stdout and nothing else there. */
  readonly json: boolean;
  /** Folder of all state. */
  readonly home: string;
  readonly terminal: Terminal;
  readonly environment: NodeJS.ProcessEnv;
}
