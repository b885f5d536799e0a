import { availableParallelism } from 'node:os';
import { readOnnx } from '@slipway/core/onnx';
import { goldensOf } from '@slipway/core/package';
import { answerOutputs, type SizeLimits } from '@slipway/core/signature';
import { Limiter, openModel, type ServedModel } from '../engine/index.ts';
import { replayGoldens } from '../intake/replay.ts';
import type { Log } from '../telemetry/index.ts';
import type { LoadedModel } from '../runtimes/runtime.ts';
import type { Opened } from './open-reference.ts';
import { place } from '../runtimes/place.ts';
import { exampleInputs, loadRuntimes, stepsOf, type RuntimeChoice } from './runtime-for.ts';

/** Runs at once, and how many more may wait; beyond that the server says that it is overloaded. */
const limits = { running: Math.max(2, availableParallelism()), waiting: 1024, waitMs: 2000 };

/** A vocabulary as a map takes so many times its text. */
const PRE_FACTOR = 6;

export interface ServedOptions {
  readonly choice: RuntimeChoice;
  /** Where heavy models run. */
  readonly threads: 'auto' | 'off';
  /** Of one request; none unless given. */
  readonly sizes?: SizeLimits | undefined;
  readonly log?: Log | undefined;
}

/** Loads a package for serving: it comes back warm, with its goldens replayed on every executor that will answer. */
export async function loadServed(
  { pkg, name, version }: Opened,
  { choice, threads, sizes, log }: ServedOptions = { choice: undefined, threads: 'auto' },
): Promise<ServedModel> {
  const { signature } = pkg.manifest;
  const pre = await stepsOf(pkg);
  const loaded = await loadRuntimes(readOnnx(pkg.graph), signature, choice, pre);
  const { row, batch } = await place(loaded, {
    graph: pkg.graph,
    pre,
    outputs: answerOutputs(signature),
    example: exampleInputs(signature, 1),
    threads,
    onUntried: (error) => log?.warn('model stays in the main thread: it cannot be tried', { model: name, error }),
  });
  const models: LoadedModel[] = row && row !== batch ? [row, batch] : [batch];
  try {
    return await openModel({
      name,
      version,
      digest: pkg.digest,
      signature: pkg.manifest.signature,
      batch,
      row,
      sizes,
      limiter: new Limiter({ ...limits, running: batch.together ?? limits.running }),
      about: pkg.manifest.source.what,
      memory: pkg.graph.length + PRE_FACTOR * (pkg.files.get('pre.json')?.length ?? 0),
      bytes: pkg.files.values().reduce((sum, file) => sum + file.length, 0),
      verify: async () => {
        const goldens = goldensOf(pkg);
        for (const model of models) await replayGoldens(pkg.manifest.signature, goldens, model);
      },
    });
  } catch (error) {
    for (const model of models) await model[Symbol.asyncDispose]();
    throw error;
  }
}
