import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { fact, shortTime, withRegistry } from '../with-registry.ts';

/** `slipway models` */
export const models: Command = {
  name: 'models',
  summary: 'list the registered models',
  about: 'Lists every model of the registry with its newest version.',
  args: [],
  flags: [],
  examples: [
    { run: 'slipway models', does: 'What is there' },
    { run: `slipway models --json | jq -r '.[].model'`, does: 'The names, for scripts' },
  ],
  run: ({ home, json, terminal }) =>
    withRegistry(home, async (registry) => {
      const newest = await registry.models();
      if (json) {
        terminal.printJson(newest);
        return 0;
      }
      if (!newest.length) {
        terminal.say('No model is registered yet. Import one: slipway import model.joblib --name churn');
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
