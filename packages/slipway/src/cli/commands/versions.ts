import { checkModelName } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { fact, shortDigest, shortTime, withRegistry } from '../with-registry.ts';

/** `slipway versions MODEL` */
export const versions: Command = {
  name: 'versions',
  summary: 'list the versions of a model',
  about: `Lists the versions of a model, the newest first. A version never changes; what moves are the aliases that point at it.`,
  args: [{ name: 'MODEL', help: 'Name of a registered model.' }],
  flags: [],
  examples: [{ run: 'slipway versions churn', does: 'All versions of churn' }],
  run: ({ args: [model = ''], home, json, terminal }) =>
    withRegistry(home, async (registry) => {
      const all = await registry.versions(checkModelName(model));
      if (json) {
        terminal.printJson(all);
        return 0;
      }
      const rows = all.map(({ version, aliases, createdAt, digest, source, summary }) => [
        String(version),
        aliases.join(', ') || '-',
        shortTime(createdAt),
        shortDigest(digest),
        fact(summary, 'goldens'),
        fact(source, 'file'),
      ]);
      const heading = ['version', 'aliases', 'imported', 'digest', 'goldens', 'file'];
      terminal.print(table([heading, ...rows], (text) => terminal.style('bold', text)));
      return 0;
    }),
};
