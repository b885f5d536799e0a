/**
 * Runs one batch job with a small model; the tests kill it.
 *
 *   node test/batch-runner.ts INPUT OUTPUT [THREADS]
 *
 * Exits with 0 when the job is done.
 */
import { runBatch } from '../packages/slipway/src/batch/index.ts';
import { samplePackage } from './sample-package.ts';

const [input = '', output = '', threads = '1'] = process.argv.slice(2);
await runBatch({
  pkg: samplePackage(100),
  model: { ref: 'sum', name: 'sum', version: undefined },
  input,
  output,
  columns: ['id'],
  onError: 'reject',
  resume: true,
  pieces: { bytes: 2 ** 16, rows: 10_000 },
  threads: Number(threads),
});
