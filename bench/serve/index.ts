import type { Bench } from '../prepare.ts';
import { cancer } from './cancer.ts';
import { churn } from './churn.ts';
import { grpc } from './grpc.ts';
import { manyModels } from './many-models.ts';
import { oneRow } from './one-row.ts';
import { overload } from './overload.ts';
import { workers } from './workers.ts';

export interface ServeOptions {
  readonly rounds: number;
  /** Of a measurement. */
  readonly seconds: number;
  /** Parts of this section; all unless named. */
  readonly only: readonly string[];
  readonly all: boolean;
}

/** What `--only` names. */
export const parts: Readonly<Record<string, (bench: Bench, options: ServeOptions) => Promise<void>>> = {
  churn: (bench, options) => oneRow(churn(bench, options.all), options),
  cancer: (bench, options) => oneRow(cancer(bench), options),
  grpc,
  workers,
  models: manyModels,
  overload,
};

/** Everything about serving; what fails does not stop the others, and is told at the end. */
export async function serve(bench: Bench, options: ServeOptions): Promise<void> {
  const failed: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (options.only.length > 0 && !options.only.includes(name)) continue;
    const began = performance.now();
    try {
      await part(bench, options);
    } catch (error) {
      failed.push(`${name}: ${(error as Error).message}`);
    }
    process.stderr.write(`serve: ${name} took ${Math.round((performance.now() - began) / 1000)} s\n`);
  }
  if (failed.length > 0) throw new Error(`not all was measured\n${failed.join('\n')}`);
}
