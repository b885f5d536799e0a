import { commonFlags, variableOf } from './arguments.ts';
import type { Command, Flag } from './command.ts';
import { table } from './table.ts';

export type Bold = (text: string) => string;

/** The help of one command: usage, what it does, arguments, flags with their variables, examples. */
export function commandHelp(command: Command, bold: Bold): string {
  const words = command.args.map(({ name, optional, many }) => `${optional ? `[${name}]` : name}${many ? '…' : ''}`);
  const parts = [`${bold('Usage')}: ${['slipway', command.name, ...words, '[flags]'].join(' ')}`, command.about.trim()];
  if (command.args.length)
    parts.push(
      section(
        'Arguments',
        command.args.map(({ name, help }) => [name, help]),
        bold,
      ),
    );
  const flags = [...command.flags, ...commonFlags];
  parts.push(
    section(
      'Flags',
      flags.map((flag) => [flagText(flag), flagHelp(flag)]),
      bold,
    ),
  );
  const examples = command.examples.map(({ run, does }) => `  # ${does}\n  ${run}`);
  if (examples.length) parts.push(`${bold('Examples')}:\n${examples.join('\n\n')}`);
  return parts.join('\n\n');
}

/** The overview of all commands. */
export function overview(
  groups: readonly (readonly [string, readonly { name: string; summary: string }[]])[],
  bold: Bold,
): string {
  const all = groups.flatMap(([, commands]) => commands);
  const width = Math.max(...all.map(({ name }) => name.length));
  const parts = groups.map(
    ([title, commands]) =>
      `${bold(title)}:\n${commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}`,
  );
  return [
    'Slipway turns a trained model file into a served prediction, without Python.',
    `${bold('Usage')}: slipway COMMAND [arguments] [flags]`,
    ...parts,
    `${bold('A first voyage')}:\n  slipway inspect model.joblib\n  slipway import model.joblib --name churn\n  slipway serve churn`,
    'Each command has its own help: `slipway COMMAND --help`.',
  ].join('\n\n');
}

function section(title: string, rows: readonly (readonly string[])[], bold: Bold): string {
  return `${bold(title)}:\n${table(rows)
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}`;
}

function flagText({ name, value, short }: Flag): string {
  return `${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
}

function flagHelp(flag: Flag): string {
  const choices = flag.choices ? ` One of: ${flag.choices.join(', ')}.` : '';
  return `${flag.help}${choices}${flag.env === false ? '' : ` [${variableOf(flag)}]`}`;
}
