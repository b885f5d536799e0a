import { searchNames } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { fact, shortTime, withHome } from '../with-registry.ts';

/** `slipway models` */
export const models: Command = {
  name: 'models',
  summary: 'list the registered models',
  about: `Lists every model of the registry with its newest version that can be served. --search looks into names, descriptions, cards and
tags of models and versions; several words must all be there.`,
  args: [],
  flags: [{ name: 'search', value: 'WORDS', help: 'Only models in whose texts these words are.', env: false }],
  examples: [
    { run: 'slipway models', does: 'What is there' },
    { run: 'slipway models --search "team:risk"', does: 'Those with the tag team, whose value is risk' },
    { run: `slipway models --json | jq -r '.[].model'`, does: 'The names, for scripts' },
  ],
  run: ({ home: folder, json, terminal, flags }) =>
    withHome(folder, async ({ registry, rows: database }) => {
      const words = flags.text('search');
      const found = words === undefined ? undefined : new Set(await searchNames(database, words));
      const newest = (await registry.models()).filter(({ model }) => found?.has(model) ?? true);
      if (json) {
        terminal.printJson(newest);
        return 0;
      }
      if (!newest.length) {
        if (found) terminal.say('No model has these words.');
        else terminal.say('No model is registered yet. Import one: slipway import model.joblib --name churn');
        return 0;
      }
      const rows = newest.map(({ model, version, aliases, createdAt, summary }) => [
        model,
        String(version),
        aliases.join(', ') || '-',
        fact(summary, 'task'),
        fact(summary, 'goldens'),
        shortTime(createdAt),
        fact(summary, 'what'),
      ]);
      const heading = ['model', 'newest', 'aliases', 'task', 'goldens', 'imported', 'what'];
      terminal.print(table([heading, ...rows], (text) => terminal.style('bold', text)));
      return 0;
    }),
};
