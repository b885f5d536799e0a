import { commandHelp } from '../../packages/slipway/src/cli/help.ts';
import { verbs } from '../../packages/slipway/src/cli/verbs.ts';
import { settings } from '../../packages/slipway/src/config/index.ts';
import { generatedNote, markdownTable, page } from './markdown.ts';

const plain = (text: string) => text;

/** `docs/reference/cli.md`: the overview, each command's help as `--help` prints it, settings, and commands to come. */
export async function cliPage(): Promise<string> {
  const sections = await Promise.all(
    Object.entries(verbs.load).map(async ([name, load]) => [
      `## slipway ${name}`,
      `\`\`\`text\n${commandHelp(await load(), plain)}\n\`\`\``,
    ]),
  );
  return page([
    generatedNote,
    '# Command line',
    'In a checkout every command is `npx slipway COMMAND`. Each command prints its own help with `--help`.',
    markdownTable(
      ['', 'Command', 'Does'],
      verbs.groups.flatMap(([group, commands]) =>
        commands.map(({ name, summary }, at) => [at === 0 ? group : '', `[\`${name}\`](#slipway-${name})`, summary]),
      ),
    ),
    '## What a model is called',
    markdownTable(
      ['Word', 'Means'],
      [
        ['`model.joblib`', 'a model file'],
        ['`folder/`', 'a package folder, an MLflow model folder, or a folder with one model file'],
        ['`https://…`, `file:…`', 'an address; `#sha256=…` at its end pins the content'],
        ['`churn`', 'the newest version of a registered model'],
        ['`churn:3`', 'version 3'],
        ['`churn@champion`', 'the version that an alias points at'],
        ['`churn@sha256:…`', 'the version with this digest; its beginning is enough when it is unique'],
      ],
    ),
    'A path that exists wins over a registered model of the same name.',
    '## Exit codes and output',
    markdownTable(
      ['Exit code', 'Means'],
      [
        ['0', 'done'],
        ['1', 'failed; stderr has `error[CODE]: message` and `hint: …`'],
        ['2', 'wrong usage: an unknown command or flag, a missing argument, a value that cannot be'],
      ],
    ),
    `With \`--json\`, stdout has one JSON document and nothing else; a failure is the [error object](errors.md). Progress goes to stderr, and
only on a terminal. A flag wins over its environment variable. \`SLIPWAY_DEBUG=1\` adds the stack to an unexpected error.`,
    ...sections.flat(),
    '## Settings of a server',
    'Flags of `serve` and `up`, and their variables. `slipway config` shows what applies here.',
    markdownTable(
      ['Flag', 'Variable', 'Default', 'Meaning'],
      Object.entries(settings)
        .filter(([name]) => name !== 'workers')
        .map(([name, setting]) => [
          `\`--${name}\``,
          setting.env.map((variable) => `\`${variable}\``).join(', '),
          setting.default === undefined ? '' : `\`${setting.default}\``,
          setting.help,
        ]),
    ),
    '## Not in this version',
    markdownTable(
      ['Command', 'Today'],
      Object.entries(verbs.later).map(([name, advice]) => [`\`${name}\``, advice]),
    ),
  ]);
}
