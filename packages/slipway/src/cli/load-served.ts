import { availableParallelism } from 'node:os';
import { readOnnx } from '@slipway/core/onnx';
import { goldensOf } from '@slipway/core/package';
import { Limiter, openModel, type ServedModel } from '../engine/index.ts';
import { replayGoldens } from '../intake/replay.ts';
import type { LoadedModel } from '../runtimes/runtime.ts';
import type { Opened } from './open-reference.ts';
import { loadRuntimes, stepsOf, type RuntimeChoice } from './runtime-for.ts';

/** Runs at once, and how many more may wait; beyond that the server says that it is overloaded. */
const limits = { running: Math.max(2, availableParallelism()), waiting: 1024 };

/** Loads a package for serving: it comes back warm, with its goldens replayed on every executor that will answer. */
export async function loadServed({ pkg, name, version }: Opened, choice: RuntimeChoice): Promise<ServedModel> {
  const { row, batch } = await loadRuntimes(readOnnx(pkg.graph), pkg.manifest.signature, choice, stepsOf(pkg));
  const models: LoadedModel[] = row && row !== batch ? [row, batch] : [batch];
  try {
    return await openModel({
      name,
      version,
      digest: pkg.digest,
      signature: pkg.manifest.signature,
      batch,
      row,
      limiter: new Limiter(limits),
      about: pkg.manifest.source.what,
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
