import { fail } from '@slipway/core/errors';
import { taskFlag } from '../intake/task-flag.ts';
import { parseArguments } from './arguments.ts';
import type { Command } from './command.ts';
import { commandHelp, overview } from './help.ts';
import { homeFolder } from './home.ts';
import { reportError } from './report-error.ts';
import { suggest } from './suggest.ts';
import { Terminal } from './terminal.ts';
import { verbs } from './verbs.ts';

/** The command line: runs one verb and gives the exit code (0 done, 1 failed, 2 wrong usage). */
export async function main(argv: readonly string[], environment: NodeJS.ProcessEnv = process.env): Promise<number> {
  const [first, ...rest] = argv;
  if (first === taskFlag) {
    (await import('../intake/task.ts')).serveTask();
    return 0;
  }
  if (first === 'import' || first === 'inspect') (await import('../intake/importing-process.ts')).startAhead();
  const terminal = new Terminal();
  const json = isJson(argv, environment);
  try {
    return await dispatch(first, rest, { terminal, json, environment });
  } catch (error) {
    terminal.endProgress();
    return reportError(error, terminal, json, environment['SLIPWAY_DEBUG'] === '1');
  }
}

interface Setting {
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

async function dispatch(first: string | undefined, rest: readonly string[], setting: Setting): Promise<number> {
  const { terminal, environment } = setting;
  const bold = (text: string) => terminal.style('bold', text);
  if (first === undefined) {
    terminal.say(overview(verbs.groups, (text) => terminal.errStyle('bold', text)));
    return 2;
  }
  if (['--version', '-v', '-V'].includes(first)) return dispatch('version', rest, setting);
  if (['help', '--help', '-h'].includes(first)) {
    const named = rest.find((word) => !word.startsWith('-'));
    terminal.print(named === undefined ? overview(verbs.groups, bold) : commandHelp(await find(named), bold));
    return 0;
  }
  const found = await find(first);
  const command = (await found.forWords?.(rest, environment)) ?? found;
  const { args, flags } = await parseArguments(rest, command, environment);
  if (flags.has('help')) {
    terminal.print(commandHelp(command, bold));
    return 0;
  }
  return command.run({
    args,
    flags,
    json: flags.has('json'),
    home: homeFolder(flags.text('home')),
    terminal,
    environment,
  });
}

async function find(name: string): Promise<Command> {
  const later = verbs.later[name];
  if (later !== undefined) {
    throw fail('USAGE', { problem: `\`slipway ${name}\` is not part of this version yet.`, advice: later });
  }
  const load = verbs.load[name];
  if (load) return load();
  throw fail('USAGE', {
    problem: `There is no command ${JSON.stringify(name)}${await suggest(name, Object.keys(verbs.load))}.`,
    advice: 'See `slipway --help`.',
  });
}

/** Errors of the arguments themselves must know, too, how they are to be told. */
function isJson(argv: readonly string[], environment: NodeJS.ProcessEnv): boolean {
  const words = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  const last = words.findLast((word) => word === '--json' || word === '--no-json');
  if (last !== undefined) return last === '--json';
  return /^(1|true|yes|on)$/i.test(environment['SLIPWAY_JSON'] ?? '');
}
