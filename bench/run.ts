/** npm run bench [-- SECTION… --rounds N --seconds N --only NAME --all]: ratios against peers, each alone on one pinned core, measured in this very run. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { batch } from './batch.ts';
import { csv } from './csv.ts';
import { executor } from './executor.ts';
import { families } from './families.ts';
import { importModels } from './import.ts';
import { prepare, type Bench } from './prepare.ts';
import { parts, serve, type ServeOptions } from './serve/index.ts';
import { tracking, type TrackingOptions } from './tracking.ts';

const sections: Record<string, (bench: Bench, options: ServeOptions & TrackingOptions) => Promise<void>> = {
  serve,
  executor,
  families,
  csv,
  batch,
  import: importModels,
  tracking,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    runs: { type: 'string', default: '20000' },
    only: { type: 'string', multiple: true, default: [] },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = [
  ...positionals.filter((name) => !Object.hasOwn(sections, name)),
  ...values.only.filter((name) => !Object.hasOwn(parts, name)),
];
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`There is no section or part ${unknown.join(', ')}.\n`);
  process.stdout.write(
    `npm run bench [-- SECTION… --rounds N --seconds N --runs N --only NAME --all]\nSections: ${Object.keys(sections).join(', ')}\nParts of serve: ${Object.keys(parts).join(', ')}\n`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

const chosen = positionals.length > 0 ? positionals : Object.keys(sections);
const options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  only: values.only,
  all: values.all,
  runs: Number(values.runs),
};
const bench = await prepare();
process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}; medians of ${options.rounds}\n`,
);
for (const name of chosen) {
  try {
    await sections[name]!(bench, options);
  } catch (error) {
    // The other sections still tell something; the exit code tells that one is missing.
    process.exitCode = 1;
    process.stderr.write(`${name}: ${(error as Error).message}\n`);
  }
}
