import { spawn } from 'node:child_process';
import { fail, SlipwayError } from '@slipway/core/errors';
import type { Step, StepContext, StepResult } from './plan.ts';

/** Of what a command says, the end is kept: that is where it says why it failed. */
const mostOutput = 4000;

/** Runs one step. Whatever goes wrong outside is DELIVERY_FAILED with the step's title; coded errors stay what they are. */
export async function runStep(step: Step, context: StepContext): Promise<StepResult> {
  try {
    if ('run' in step) return await runCommand(step.run, context);
    return (await step.act(context)) ?? {};
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    throw fail('DELIVERY_FAILED', { step: step.title, problem: problemOf(cause) }, { cause });
  }
}

/** What a failure of the system, the network or a program says: `ENOSPC: no space left on device`, … */
function problemOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { cause: deeper } = cause;
  return deeper instanceof Error && deeper.message !== '' ? `${cause.message}: ${deeper.message}` : cause.message;
}

/** Runs a program in the folder, without a shell. */
function runCommand([program, ...args]: readonly [string, ...string[]], context: StepContext): Promise<StepResult> {
  const { folder, environment, signal } = context;
  return new Promise((done, failed) => {
    const child = spawn(program, args, { cwd: folder, env: environment, signal, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text: string) => (output = (output + text).slice(-mostOutput));
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', keep);
    child.on('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ENOENT' ? new Error(`${program} is not installed`) : error),
    );
    child.on('close', (code) =>
      code === 0 ? done({}) : failed(new Error(`${program} ended with ${code}: ${output.trim()}`)),
    );
  });
}
