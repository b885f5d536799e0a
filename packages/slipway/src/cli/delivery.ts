import { join } from 'node:path';
import { apply, labelOf, targetOf, targets, type Applied, type DeliveredModel, type Plan } from '../delivery/index.ts';
import { checkModelName } from '../registry/index.ts';
import type { Command, Context, Flag } from './command.ts';
import { imageFlag } from './image-flag.ts';
import { openReference } from './open-reference.ts';

/** Flags of `build` and `deploy`, whatever the target. */
export const deliveryFlags: readonly Flag[] = [
  { name: 'target', value: 'TARGET', help: 'Where it is to run; the list is above.' },
  { name: 'out', value: 'DIR', help: 'Folder to write.' },
  { name: 'force', help: 'Replace the folder, whatever is in it.', env: false },
  { name: 'dry-run', help: 'Show what would be written and done; change nothing.', env: false },
  { name: 'name', value: 'NAME', help: 'Name of the model, for a file or folder (default: its own name).' },
  { name: 'object', value: 'KEYS', help: 'Which object of a model file is the model.' },
  imageFlag,
  {
    name: 'threshold',
    value: 'P',
    type: 'number',
    help: 'Decide for the second class from this probability on (model files).',
  },
];

/** One line for each target, for the help of a command. */
export async function targetList(): Promise<string> {
  const all = await Promise.all(Object.values(targets).map((load) => load()));
  const width = Math.max(...all.map(({ id }) => id.length));
  return `Targets:\n${all.map(({ id, summary }) => `  ${id.padEnd(width)}  ${summary}`).join('\n')}`;
}

/** The same command with the options of the target that its words name. */
export async function withTarget(
  command: Command,
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Command> {
  const at = words.findLastIndex((word) => word === '--target' || word.startsWith('--target='));
  const id = at === -1 ? environment['SLIPWAY_TARGET'] : (words[at]?.split('=')[1] ?? words[at + 1]);
  if (id === undefined || id === '') return command;
  const target = await targetOf(id);
  const flags = Object.entries(target.options).map(([name, option]): Flag => {
    const preset = option.default === undefined ? '' : ` Default: ${option.default}.`;
    return {
      name,
      help: `${option.help}${preset}`,
      ...(option.type === 'switch' ? {} : { value: option.value ?? 'TEXT' }),
      ...(option.type === 'number' ? { type: option.type } : {}),
      choices: option.choices,
    };
  });
  const about = `${target.title}: ${target.summary}.\n\n${command.about}`;
  return { ...command, about, flags: [...command.flags, ...flags] };
}

/** What a command delivers, and how. */
export interface Delivery {
  readonly target: string;
  readonly model: DeliveredModel;
  readonly plan: Plan;
}

/** Opens the model and asks the target for its plan. */
export async function planDelivery(context: Context, target: string, model?: DeliveredModel): Promise<Delivery> {
  const { args, flags } = context;
  const chosen = await targetOf(target);
  const given: [string, string | number | boolean | undefined][] = Object.entries(chosen.options).map(
    ([name, { type }]) => [
      name,
      type === 'switch' ? flags.has(name) : type === 'number' ? flags.number(name) : flags.text(name),
    ],
  );
  const opened = model ?? (await openModel(context, args[0] as string));
  return { target, model: opened, plan: await chosen.plan(opened, Object.fromEntries(given)) };
}

async function openModel(context: Context, word: string): Promise<DeliveredModel> {
  const opened = await openReference(word, context);
  return { ...opened, name: checkModelName(context.flags.text('name') ?? opened.name) };
}

/** Shows a plan without carrying it out. */
export function showPlan(
  { terminal, json }: Context,
  { target, model, plan }: Delivery,
  verb: 'build' | 'deploy',
): void {
  const steps = plan.steps.filter(({ when }) => verb === 'deploy' || when === 'build');
  if (json) {
    terminal.printJson({
      target,
      model: labelOf(model),
      digest: model.pkg.digest,
      dryRun: true,
      files: Object.keys(plan.files),
      steps: steps.map((step) => ({
        title: step.title,
        when: step.when,
        run: 'run' in step ? step.run : null,
        details: step.details ?? {},
      })),
      notes: plan.notes,
    });
    return;
  }
  terminal.print(`${terminal.style('bold', labelOf(model))} to ${target}; nothing is changed.`);
  const names = Object.keys(plan.files);
  if (names.length) terminal.print(`\nFiles:\n${names.map((name) => `  ${name}`).join('\n')}`);
  if (steps.length) terminal.print('\nSteps:');
  for (const [at, step] of steps.entries()) {
    terminal.print(`  ${at + 1}. ${step.title}`);
    if ('run' in step) terminal.print(`     ${step.run.join(' ')}`);
    for (const [name, value] of Object.entries(step.details ?? {})) terminal.print(`     ${name}: ${shown(value)}`);
  }
  if (plan.notes.length) terminal.print(`\n${plan.notes.join('\n')}`);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Carries out a plan, stoppable by Ctrl-C. */
export async function carryOut(
  { flags, terminal, environment, home }: Context,
  { target, model, plan }: Delivery,
  deploy: boolean,
): Promise<Applied> {
  const stop = new AbortController();
  const abort = () => stop.abort(new Error('stopped'));
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  try {
    return await apply(plan, {
      target,
      model,
      out: flags.text('out'),
      temporary: join(home, 'tmp'),
      cache: join(home, 'cache', 'delivery'),
      force: flags.has('force'),
      deploy,
      environment,
      signal: stop.signal,
      say: (text) => (deploy ? terminal.say(`${text} …`) : terminal.progress(`${text} …`)),
    });
  } finally {
    terminal.endProgress();
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  }
}
