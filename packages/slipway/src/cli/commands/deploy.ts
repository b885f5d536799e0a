import { fail } from '@slipway/core/errors';
import { labelOf, type DeliveredModel } from '../../delivery/index.ts';
import { makePackage } from '../../intake/index.ts';
import { checkModelName, nameFor } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { carryOut, deliveryFlags, planDelivery, showPlan, targetList, withTarget } from '../delivery.ts';
import { imageOption } from '../image-flag.ts';
import { isSource } from '../open-reference.ts';
import { isPackageFolder } from '../../intake/package-folder.ts';
import { summaryOf } from '../summary.ts';
import { withRegistry } from '../with-registry.ts';
import { requiredFlag } from './build.ts';

/** `slipway deploy MODEL --target TARGET` */
export async function deploy(): Promise<Command> {
  const command: Command = {
    name: 'deploy',
    summary: 'take a model to a platform and start it there',
    about: `Builds a model for one target and carries out the target's steps: push an image, create an endpoint. What is there already is found
and kept, so the same command again continues after a failure and changes nothing when all is done. --dry-run shows every step and what costs
money. A model file is imported first. Credentials come from the platform's usual places and are never written.

${await targetList()}`,
    args: [{ name: 'MODEL', help: 'churn, churn:3, churn@champion, a model file, a package folder, or an address.' }],
    flags: deliveryFlags,
    examples: [{ run: 'slipway deploy churn --target TARGET --dry-run', does: 'The plan; nothing is changed' }],
    forWords: (words, environment) => withTarget(command, words, environment),
    run: deployModel,
  };
  return command;
}

async function deployModel(context: Context): Promise<number> {
  const { flags, json, terminal, args } = context;
  const target = requiredFlag(context, 'target', 'See the list in `slipway deploy --help`.');
  const isDry = flags.has('dry-run');
  const delivery = await planDelivery(context, target, isDry ? undefined : await imported(context, args[0] as string));
  const { plan, model } = delivery;
  if (!plan.steps.some(({ when }) => when === 'deploy')) {
    throw fail('USAGE', {
      problem: `There is nothing to deploy for ${target} with these options: it is a folder.`,
      advice: `Use \`slipway build ${args[0]} --target ${target} --out DIR\`, or see \`slipway deploy --target ${target} --help\`.`,
    });
  }
  if (isDry) {
    showPlan(context, delivery, 'deploy');
    return 0;
  }
  const { folder, steps } = await carryOut(context, delivery, true);
  if (json) {
    terminal.printJson({
      target,
      model: labelOf(model),
      digest: model.pkg.digest,
      path: folder ?? null,
      steps,
      notes: plan.notes,
    });
    return 0;
  }
  terminal.print(`${terminal.style('bold', labelOf(model))} is deployed to ${target}.`);
  for (const { result } of steps)
    for (const [name, value] of Object.entries(result)) terminal.print(`  ${name}: ${String(value)}`);
  for (const note of plan.notes) terminal.print(note);
  return 0;
}

/** A file goes through the registry, so that what runs elsewhere has a name, a version and a lineage here. */
async function imported(context: Context, word: string): Promise<DeliveredModel | undefined> {
  const { flags, home, terminal } = context;
  if (isPackageFolder(word) || !isSource(word)) return undefined;
  const name = checkModelName(flags.text('name') ?? nameFor(word.replace(/[#?].*$/, '')));
  terminal.progress(`importing ${word} …`);
  const { pkg, source, warnings } = await makePackage(word, {
    home,
    object: flags.text('object'),
    threshold: flags.number('threshold'),
    image: imageOption(flags),
  });
  const { version } = await withRegistry(home, (registry) =>
    registry.register(pkg, name, {
      source: { file: source.name, sha256: source.sha256, size: source.size, library: pkg.manifest.source.library },
      summary: summaryOf(pkg),
    }),
  );
  terminal.endProgress();
  for (const warning of warnings) terminal.warn(warning);
  terminal.say(`imported as ${version.model}:${version.version}`);
  return { pkg, name: version.model, version: version.version };
}
