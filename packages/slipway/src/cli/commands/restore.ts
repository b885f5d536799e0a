import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import type { Command } from '../command.ts';
import { referenceOf, withHome } from '../with-registry.ts';

/** `slipway restore REF` */
export const restore: Command = {
  name: 'restore',
  summary: 'bring back what was deleted',
  about: `Brings back a model or a version that was deleted and that "slipway gc" has not collected yet.`,
  args: [{ name: 'REF', help: 'churn for the model, churn:3 for a version.' }],
  flags: [],
  examples: [{ run: 'slipway restore churn:2', does: 'One version' }],
  run: ({ args: [word = ''], home: folder, json, terminal }) =>
    withHome(folder, async (home) => {
      const reference = referenceOf(word);
      if (reference.kind === 'newest') await home.models.restore(reference.model, localActor);
      else if (reference.kind === 'version')
        await home.versions.restore(await home.models.get(reference.model), reference.version, localActor);
      else
        throw fail('USAGE', { problem: `${word} names no version by its number.`, advice: 'Write churn or churn:3.' });
      if (json) terminal.printJson({ ref: word, restored: true });
      else terminal.print(`${word} is back`);
      return 0;
    }),
};
