import { readAudit } from '../../access/index.ts';
import { openHome } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { shortTime } from '../with-registry.ts';

/** `slipway audit` */
export const audit: Command = {
  name: 'audit',
  summary: 'show every management action: who, what, when',
  about: `Lists what was imported, which aliases were moved and which keys were made, by the command line ("local") or with which key. The log is
append-only: the database refuses to change or shorten it.`,
  args: [],
  flags: [{ name: 'after', value: 'ID', type: 'number', help: 'Only entries with a larger id.', env: false }],
  examples: [
    { run: 'slipway audit', does: 'Everything, the oldest first' },
    { run: 'slipway audit --json > audit.json', does: 'Export it' },
  ],
  async run({ home, json, flags, terminal }) {
    const opened = await openHome({ home, thread: 'inline' });
    try {
      const entries = [];
      for (let after = flags.number('after') ?? 0; ;) {
        const page = await readAudit(opened.rows, { after });
        if (page.length === 0) break;
        entries.push(...page);
        after = page.at(-1)?.id ?? after;
      }
      if (json) terminal.printJson(entries);
      else if (!entries.length) terminal.say('Nothing was done yet.');
      else {
        const rows = entries.map(({ id, at, actor, action, target, details }) => [
          String(id),
          shortTime(at),
          actor,
          action,
          target,
          JSON.stringify(details),
        ]);
        terminal.print(
          table([['id', 'when', 'who', 'did', 'to', 'details'], ...rows], (text) => terminal.style('bold', text)),
        );
      }
      return 0;
    } finally {
      await opened.close();
    }
  },
};
