import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { parseSetting } from '../../config/index.ts';
import { collectGarbage } from '../../registry/collect.ts';
import type { Command } from '../command.ts';
import { withHome } from '../with-registry.ts';

/** `slipway gc` */
export const gc: Command = {
  name: 'gc',
  summary: 'free the disk of what was deleted',
  about: `Removes for good what was deleted longer ago than --retention, then the packages that no version has, and the files that no package has.
References are counted anew each time; nothing goes that anything refers to. Running servers and imports are not disturbed.`,
  args: [],
  flags: [
    { name: 'dry-run', help: 'Only tell what would go.', env: false },
    { name: 'retention', value: 'TIME', help: 'How long what was deleted can be restored (default: 30d).' },
  ],
  examples: [
    { run: 'slipway gc --dry-run', does: 'See what would go' },
    { run: 'slipway gc --retention 7d', does: 'Collect what was deleted a week ago' },
  ],
  run: ({ flags, home: folder, json, terminal }) =>
    withHome(folder, async ({ rows, blobs }) => {
      const text = flags.text('retention') ?? '30d';
      const parsed = parseSetting('duration', text);
      if (parsed.expected !== undefined)
        throw fail('USAGE', {
          problem: `--retention: ${JSON.stringify(text)} is no time.`,
          advice: 'Write 30d or 12h.',
        });
      const isDry = flags.has('dry-run');
      const options = { rows, blobs, now: new Date(), retentionMs: Number(parsed.value), isDry, actor: localActor };
      const gone = await collectGarbage(options);
      if (json) terminal.printJson({ ...gone, dry_run: isDry });
      else {
        for (const what of [...gone.models, ...gone.versions]) terminal.print(`  ${what}`);
        const counts = `${gone.models.length} models, ${gone.versions.length} versions, ${gone.packages} packages, ${gone.blobs} files`;
        terminal.print(`${isDry ? 'would go: ' : 'gone: '}${counts}`);
      }
      return 0;
    }),
};
