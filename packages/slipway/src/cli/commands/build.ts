import { fail } from '@slipway/core/errors';
import { labelOf } from '../../delivery/index.ts';
import type { Command, Context } from '../command.ts';
import { carryOut, deliveryFlags, planDelivery, showPlan, targetList, withTarget } from '../delivery.ts';

/** `slipway build MODEL --target TARGET --out DIR` */
export async function build(): Promise<Command> {
  const command: Command = {
    name: 'build',
    summary: 'write what a platform needs to run a model',
    about: `Writes a model as a folder for one target: the whole folder appears at once or not at all, and the same model and options give the same
bytes. A folder that Slipway did not write, or that was changed since, is not replaced without --force. Nothing outside the folder changes;
\`slipway deploy\` does that. Each target has options of its own: \`slipway build --target TARGET --help\`.

${await targetList()}`,
    args: [{ name: 'MODEL', help: 'churn, churn:3, churn@champion, a model file, a package folder, or an address.' }],
    flags: deliveryFlags,
    examples: [
      { run: 'slipway build churn --target onnx --out churn-onnx', does: 'The graph, its signature and test vectors' },
      { run: 'slipway build model.joblib --target onnx --dry-run', does: 'What would be written' },
    ],
    forWords: (words, environment) => withTarget(command, words, environment),
    run: buildFolder,
  };
  return command;
}

async function buildFolder(context: Context): Promise<number> {
  const { flags, json, terminal } = context;
  const target = requiredFlag(context, 'target', 'See the list in `slipway build --help`.');
  const out = flags.has('dry-run') ? '' : requiredFlag(context, 'out', 'Name the folder to write: --out DIR.');
  const delivery = await planDelivery(context, target);
  if (flags.has('dry-run')) {
    showPlan(context, delivery, 'build');
    return 0;
  }
  const { model, plan } = delivery;
  const applied = await carryOut(context, delivery, false);
  if (json) {
    const { files, steps } = applied;
    terminal.printJson({
      target,
      model: labelOf(model),
      digest: model.pkg.digest,
      path: out,
      files,
      steps,
      notes: plan.notes,
    });
    return 0;
  }
  terminal.print(`${terminal.style('bold', out)}: ${labelOf(model)} for ${target}`);
  for (const { path, size } of applied.files) terminal.print(`  ${path}  ${size} bytes`);
  for (const note of plan.notes) terminal.print(note);
  return 0;
}

/** The value of a flag that there is no doing without. */
export function requiredFlag({ flags }: Context, name: string, advice: string): string {
  const value = flags.text(name);
  if (value !== undefined) return value;
  throw fail('USAGE', { problem: `--${name} is missing.`, advice });
}
