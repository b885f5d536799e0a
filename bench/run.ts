/** npm run bench [-- SECTION… --rounds N --seconds N --all]: ratios against peers, each alone on one pinned core, measured in this very run. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { csv } from './csv.ts';
import { executor } from './executor.ts';
import { families } from './families.ts';
import { importModels } from './import.ts';
import { prepare, type Bench } from './prepare.ts';
import { serve, type ServeOptions } from './serve.ts';

const sections: Record<string, (bench: Bench, options: ServeOptions) => Promise<void>> = {
  serve,
  executor,
  families,
  csv,
  import: importModels,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !Object.hasOwn(sections, name));
if (values.help || unknown.length > 0) {
  if (unknown.length > 0) process.stderr.write(`There is no section ${unknown.join(', ')}.\n`);
  process.stdout.write(
    `npm run bench [-- SECTION… --rounds N --seconds N --all]\nSections: ${Object.keys(sections).join(', ')}\n`,
  );
  process.exit(unknown.length > 0 ? 2 : 0);
}

const chosen = positionals.length > 0 ? positionals : Object.keys(sections);
const options = { rounds: Number(values.rounds), seconds: Number(values.seconds), all: values.all };
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
