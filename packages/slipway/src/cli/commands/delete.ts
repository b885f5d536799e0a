import { localActor } from '../../access/index.ts';
import { catalogTarget } from '../catalog-target.ts';
import type { Command } from '../command.ts';
import { withHome } from '../with-registry.ts';

/** `slipway delete REF` */
export const deleteCommand: Command = {
  name: 'delete',
  summary: 'delete a model or a version',
  about: `Deletes a version, or a model with all its versions. It is not served any more, and its name is free at once; "slipway restore" brings it
back until "slipway gc" collects it. What an alias means, or an endpoint leads to, is not deleted. Numbers are never used again.`,
  args: [{ name: 'REF', help: 'churn for the model, churn:3 for a version.' }],
  flags: [],
  examples: [
    { run: 'slipway delete churn:2', does: 'One version' },
    { run: 'slipway delete churn', does: 'The model with all its versions' },
  ],
  run: ({ args: [word = ''], home: folder, json, terminal }) =>
    withHome(folder, async (home) => {
      const { model, version } = await catalogTarget(home, word);
      if (version) await home.versions.delete(version, false, localActor);
      else await home.models.delete(model, localActor);
      const ref = version ? `${model.name}:${version.version}` : model.name;
      if (json) terminal.printJson({ ref, deleted: true });
      else terminal.print(`${ref} is deleted; \`slipway restore ${ref}\` brings it back`);
      return 0;
    }),
};
