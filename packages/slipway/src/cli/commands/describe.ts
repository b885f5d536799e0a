import { readFile } from 'node:fs/promises';
import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { lineageOf, type Home } from '../../registry/index.ts';
import { catalogTarget, type CatalogTarget } from '../catalog-target.ts';
import type { Command, Context } from '../command.ts';
import { withHome } from '../with-registry.ts';

/** `slipway describe REF` */
export const describe: Command = {
  name: 'describe',
  summary: 'show or change what is written about a model or version',
  about: `Shows the description, card, tags and origin of a model or of one of its versions. With flags, changes them: none of it is part of the
package, whose digest stays.`,
  args: [{ name: 'REF', help: 'churn for the model, churn:3 or churn@champion for a version.' }],
  flags: [
    { name: 'text', value: 'TEXT', help: 'Set the description.', env: false },
    { name: 'card', value: 'FILE', help: 'Set the model card from a Markdown file (of models).', env: false },
    { name: 'tag', value: 'KEY=VALUE', help: 'Set tags, with commas between.', env: false },
    { name: 'untag', value: 'KEYS', help: 'Remove tags, with commas between.', env: false },
  ],
  examples: [
    { run: 'slipway describe churn --text "Who leaves next month" --tag team=risk', does: 'Write about the model' },
    { run: 'slipway describe churn --card CARD.md', does: 'Its model card' },
    { run: 'slipway describe churn:3', does: 'Where version 3 comes from: package, logged model, run' },
  ],
  run: (context) =>
    withHome(context.home, async (home) => {
      const [word = ''] = context.args;
      const target = await catalogTarget(home, word);
      await change(context, home, target);
      return await show(context, home, await catalogTarget(home, word));
    }),
};

async function change({ flags }: Context, home: Home, { model, version }: CatalogTarget): Promise<void> {
  const description = flags.text('text');
  const cardFile = flags.text('card');
  if (cardFile !== undefined && version !== undefined)
    throw fail('USAGE', {
      problem: 'A version has no card.',
      advice: `Write \`slipway describe ${model.name} --card …\`.`,
    });
  const card = cardFile === undefined ? undefined : await readCard(cardFile);
  if (version && description !== undefined) await home.versions.describe(version, description, localActor);
  if (!version && (description !== undefined || card !== undefined))
    await home.models.describe(model, { description, card }, localActor);
  for (const [key, value] of pairsOf(flags.text('tag'))) {
    if (version) await home.versions.setTag(version, key, value, localActor);
    else await home.models.setTag(model, key, value, localActor);
  }
  for (const key of (flags.text('untag') ?? '').split(',').filter(Boolean)) {
    if (version) await home.versions.deleteTag(version, key, localActor);
    else await home.models.deleteTag(model, key, localActor);
  }
}

async function show({ json, terminal }: Context, home: Home, { model, version }: CatalogTarget): Promise<number> {
  if (version) {
    const lineage = await lineageOf(home.rows, version);
    const { state, problem, stage, description, tags, aliases, createdAt } = version;
    if (json)
      terminal.printJson({ ...lineage, state, problem, stage, description, tags, aliases, created_at: createdAt });
    else {
      const facts: (readonly [string, string])[] = [
        ['text', description ?? '-'],
        ['tags', tagText(tags)],
        ['aliases', aliases.join(', ') || '-'],
        ['state', problem === null ? state : `${state}: ${problem}`],
        ['package', lineage.package ?? '-'],
        ['source', JSON.stringify(lineage.source)],
        ['logged', lineage.logged_model ?? '-'],
        ['run', lineage.run ?? '-'],
        ['same as', lineage.same_package.join(', ') || '-'],
      ];
      terminal.print(terminal.style('bold', lineage.version));
      for (const [name, value] of facts) terminal.print(`  ${name.padEnd(9)} ${value}`);
    }
    return 0;
  }
  const { name, title, description, card, tags, aliases, createdAt, updatedAt } = model;
  if (json) {
    terminal.printJson({ name, title, description, card, tags, aliases, created_at: createdAt, updated_at: updatedAt });
    return 0;
  }
  terminal.print(terminal.style('bold', title === name ? name : `${name} (${title})`));
  terminal.print(`  text      ${description || '-'}`);
  terminal.print(`  tags      ${tagText(tags)}`);
  terminal.print(`  aliases   ${aliases.map(({ alias, version: number }) => `${alias}: ${number}`).join(', ') || '-'}`);
  if (card !== '') terminal.print(`\n${card}`);
  return 0;
}

async function readCard(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw fail('FILE_NOT_FOUND', { path }, { cause });
  }
}

function pairsOf(text: string | undefined): [string, string][] {
  return (text ?? '')
    .split(',')
    .filter(Boolean)
    .map((pair) => {
      const [, key, value] = /^([^=]{1,250})=(.*)$/s.exec(pair) ?? [];
      if (key !== undefined && value !== undefined) return [key, value];
      throw fail('USAGE', {
        problem: `--tag: ${JSON.stringify(pair)} has no value.`,
        advice: 'Write --tag team=risk.',
      });
    });
}

function tagText(tags: Readonly<Record<string, string>>): string {
  return (
    Object.entries(tags)
      .map(([key, value]) => `${key}=${value}`)
      .join(', ') || '-'
  );
}
