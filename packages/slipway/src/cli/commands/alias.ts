import { fail } from '@slipway/core/errors';
import { checkAlias, checkModelName } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { table } from '../table.ts';
import { referenceOf, shortTime, withRegistry } from '../with-registry.ts';

/** `slipway alias MODEL [ALIAS [VERSION]]` */
export const alias: Command = {
  name: 'alias',
  summary: 'set, remove or list aliases such as champion',
  about: `An alias is a movable name for a version: clients ask for churn@champion, and you decide which version that is.
A running server follows within a second.`,
  args: [
    { name: 'MODEL', help: 'Name of a registered model; alone, its aliases are listed.' },
    { name: 'ALIAS', help: 'The alias, such as champion.', optional: true },
    {
      name: 'VERSION',
      help: 'Version that it shall mean: 3, or a reference such as churn@challenger.',
      optional: true,
    },
  ],
  flags: [
    { name: 'delete', help: 'Remove the alias.', env: false },
    { name: 'history', help: 'Show every move.' },
  ],
  examples: [
    { run: 'slipway alias churn champion 3', does: 'churn@champion means version 3 from now on' },
    { run: 'slipway alias churn champion churn@challenger', does: 'Promote the challenger' },
    { run: 'slipway alias churn', does: 'List the aliases' },
    { run: 'slipway alias churn champion --delete', does: 'Remove one' },
  ],
  run(context) {
    const [model = '', name, version] = context.args;
    checkModelName(model);
    if (name === undefined) return context.flags.has('history') ? history(context, model) : list(context, model);
    checkAlias(name);
    if (context.flags.has('delete')) return remove(context, model, name);
    if (version === undefined) {
      throw fail('USAGE', {
        problem: 'VERSION is missing.',
        advice: `Set it with \`slipway alias ${model} ${name} 3\`, or remove it with --delete.`,
      });
    }
    return set(context, model, name, version);
  },
};

function set({ home, json, terminal }: Context, model: string, name: string, to: string): Promise<number> {
  return withRegistry(home, async (registry) => {
    const reference = referenceOf(/^\d+$/.test(to) ? `${model}:${to}` : to);
    if (reference.model !== model) {
      throw fail('USAGE', {
        problem: `${to} is not a version of ${model}.`,
        advice: 'An alias points at a version of its own model.',
      });
    }
    const target = await registry.resolve(reference);
    const version = await registry.setAlias(model, name, target.version);
    if (json) terminal.printJson(version);
    else terminal.print(`${model}@${name} → ${model}:${version.version}`);
    return 0;
  });
}

function remove({ home, json, terminal }: Context, model: string, name: string): Promise<number> {
  return withRegistry(home, async (registry) => {
    await registry.deleteAlias(model, name);
    if (json) terminal.printJson({ model, alias: name, deleted: true });
    else terminal.print(`${model}@${name} is removed`);
    return 0;
  });
}

function list({ home, json, terminal }: Context, model: string): Promise<number> {
  return withRegistry(home, async (registry) => {
    const found = (await registry.versions(model)).flatMap(({ aliases, version }) =>
      aliases.map((name) => ({ alias: name, version })),
    );
    if (json) terminal.printJson(found);
    else if (!found.length) terminal.say(`${model} has no aliases. Set one: slipway alias ${model} champion 1`);
    else {
      const rows = found.map(({ alias: name, version }) => [name, `${model}:${version}`]);
      terminal.print(table([['alias', 'means'], ...rows], (text) => terminal.style('bold', text)));
    }
    return 0;
  });
}

function history({ home, json, terminal }: Context, model: string): Promise<number> {
  return withRegistry(home, async (registry) => {
    await registry.versions(model);
    const moves = await registry.aliasHistory(model);
    if (json) {
      terminal.printJson(moves);
      return 0;
    }
    const show = (version: number | null) => (version === null ? '-' : String(version));
    const rows = moves.map(({ alias: name, previous, version, at }) => [
      shortTime(at),
      name,
      show(previous),
      show(version),
    ]);
    terminal.print(table([['when', 'alias', 'from', 'to'], ...rows], (text) => terminal.style('bold', text)));
    return 0;
  });
}
