import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fail } from '@slipway/core/errors';
import { checkPath } from '@slipway/core/package';
import { version } from '../intake/version.ts';
import { temporaryPath } from '../stores/index.ts';
import { loadAsset } from './assets.ts';
import { checkReplaceable, deliveryMark, hashOf, type DeliveryMark } from './delivery-folder.ts';
import type { Plan, PlannedFile, Step, StepContext, StepResult } from './plan.ts';
import { runStep } from './run-step.ts';
import { labelOf, type DeliveredModel } from './target.ts';

export interface ApplyOptions extends Omit<StepContext, 'folder'> {
  readonly target: string;
  readonly model: DeliveredModel;
  /** Where the folder is to be. Undefined: in `temporary`, and gone when all is done. */
  readonly out: string | undefined;
  readonly temporary: string;
  /** Replaces whatever is at `out`. */
  readonly force: boolean;
  /** Also runs the steps that change something elsewhere. */
  readonly deploy: boolean;
}

export interface Applied {
  /** Undefined when it was temporary. */
  readonly folder: string | undefined;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  readonly steps: readonly { readonly title: string; readonly result: StepResult }[];
}

/**
 * Carries out a plan: the files and what build steps make of them appear at once or not at all; then come the deploy steps,
 * in order. The first step that fails ends it: DELIVERY_FAILED, or the step's own coded error.
 */
export async function apply(plan: Plan, options: ApplyOptions): Promise<Applied> {
  const { out, temporary, force, deploy } = options;
  const target = out === undefined ? undefined : resolve(out);
  if (target !== undefined && !force) checkReplaceable(target, out ?? target);
  const parent = target === undefined ? temporary : dirname(target);
  await mkdir(parent, { recursive: true });
  const draft = temporaryPath(parent);
  try {
    const files = await writeFiles(draft, plan, options);
    const built = await runSteps(plan.steps, 'build', draft, options);
    const folder = target ?? draft;
    if (target !== undefined) await replaceFolder(draft, target, parent);
    const deployed = deploy ? await runSteps(plan.steps, 'deploy', folder, options) : [];
    return { folder: target, files, steps: [...built, ...deployed] };
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function writeFiles(draft: string, plan: Plan, { target, model }: ApplyOptions): Promise<Applied['files']> {
  const written: { path: string; size: number }[] = [];
  const digests: [string, string][] = [];
  for (const [path, planned] of Object.entries(plan.files).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    checkPath(path);
    const bytes = await contentOf(planned, model);
    await mkdir(dirname(join(draft, path)), { recursive: true });
    await writeFile(join(draft, path), bytes);
    if (plan.executables?.includes(path)) await chmod(join(draft, path), 0o755);
    written.push({ path, size: bytes.byteLength });
    digests.push([path, hashOf(bytes)]);
  }
  const mark: DeliveryMark = {
    target,
    model: labelOf(model),
    digest: model.pkg.digest,
    slipway: version,
    files: Object.fromEntries(digests),
  };
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, deliveryMark), `${JSON.stringify(mark, null, 1)}\n`);
  return written;
}

/** The bytes of a planned file. */
async function contentOf(planned: PlannedFile, { pkg }: DeliveredModel): Promise<Uint8Array> {
  if (typeof planned === 'string') return new TextEncoder().encode(planned);
  if (planned instanceof Uint8Array) return planned;
  const found =
    'package' in planned ? pkg.files.get(planned.package) : (await loadAsset(planned.asset)).get(planned.path);
  if (found) return found;
  const name = 'package' in planned ? `the package's ${planned.package}` : `${planned.asset}/${planned.path}`;
  throw new Error(`The plan refers to ${name}, which is not there.`);
}

async function runSteps(
  steps: readonly Step[],
  when: Step['when'],
  folder: string,
  { cache, environment, signal, say }: ApplyOptions,
): Promise<{ title: string; result: StepResult }[]> {
  const done: { title: string; result: StepResult }[] = [];
  for (const step of steps.filter((one) => one.when === when)) {
    signal.throwIfAborted();
    say(step.title);
    done.push({ title: step.title, result: await runStep(step, { folder, cache, environment, signal, say }) });
  }
  return done;
}

async function replaceFolder(draft: string, target: string, parent: string): Promise<void> {
  const old = existsSync(target) ? temporaryPath(parent) : undefined;
  try {
    if (old !== undefined) await rename(target, old);
    await rename(draft, target);
  } catch (cause) {
    // What was there before is put back.
    if (old !== undefined && !existsSync(target)) await rename(old, target).catch(() => {});
    throw fail('CONFLICT', { problem: `${target} could not be replaced: ${(cause as Error).message}` }, { cause });
  }
  if (old !== undefined) await rm(old, { recursive: true, force: true });
}
