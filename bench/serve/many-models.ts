import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { build } from '../../packages/slipway/src/intake/build.ts';
import { writePackageFolder } from '../../packages/slipway/src/intake/index.ts';
import { identify } from '../../packages/slipway/src/intake/source.ts';
import { trained, type Bench } from '../prepare.ts';
import { figure, median, megabytes, table, times } from '../table.ts';
import type { ServeOptions } from './index.ts';
import { allGood, loadTool, warmUp, type LoadTool } from './load-tool.ts';
import { slipway, withServer } from './running.ts';

const WANTED_BYTES = 400e6;
const WANTED = 1.1;
const CONNECTIONS = 16;
/** For what models share, and for each of them. */
const WARM_UP_REQUESTS = 40_000;
const WARM_UP_EACH = 500;

interface Shape {
  /** Models in the server. */
  readonly loaded: number;
  /** Models that requests go to. */
  readonly asked: number;
}

interface Round {
  readonly microseconds: number;
  readonly bytes: number;
  readonly firstAnswerMs: number;
}

/** Small models of three kinds in one server: what they take in memory, and what a request costs, to a few of them or to each in turn. */
export async function manyModels(bench: Bench, { rounds, seconds }: ServeOptions): Promise<void> {
  const load = await loadTool();
  const body = readFileSync(join(bench.models, 'churn.json'), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-many-'));
  try {
    const all = await packages(await trained(bench.python, 'train_small.py', 'small'), folder);
    // The same three kinds everywhere, so that only the numbers differ.
    const few = 3;
    const shapes = [
      { loaded: few, asked: few },
      { loaded: all.length, asked: few },
      { loaded: all.length, asked: all.length },
    ];
    const measured = new Map(shapes.map((shape) => [shape, [] as Round[]]));
    // Two hundred take seconds to start.
    for (let round = 0; round < Math.min(2, rounds); round += 1) {
      for (const [shape, done] of measured) {
        process.stderr.write(`models: round ${round + 1}, ${shape.asked} of ${shape.loaded}\n`);
        done.push(await roundOf(load, all.slice(0, shape.loaded), shape.asked, body, seconds));
      }
    }
    print(measured);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function roundOf(load: LoadTool, models: string[], asked: number, body: string, seconds: number): Promise<Round> {
  const paths = models.map((path) => `/predict/${basename(path)}`);
  const command = (port: number) => [...slipway, 'serve', ...models, '--port', String(port)];
  // The last one is ready last.
  return withServer({ title: 'Slipway', command, path: paths.at(-1)!, body }, async (server) => {
    const { port, headers, processorSeconds, memory, firstAnswerMs } = server;
    const settings = { port, paths: paths.slice(0, asked), headers, body, connections: CONNECTIONS };
    await warmUp(load, settings, WARM_UP_REQUESTS + asked * WARM_UP_EACH);
    const before = processorSeconds();
    const { good } = allGood(await load({ ...settings, seconds }));
    const microseconds = ((processorSeconds() - before) / good) * 1e6;
    return { microseconds, bytes: memory(), firstAnswerMs };
  });
}

function print(measured: ReadonlyMap<Shape, readonly Round[]>): void {
  const middle = (rounds: readonly Round[], pick: (round: Round) => number) => median(rounds.map(pick));
  const costs = [...measured.values()].map((rounds) => middle(rounds, ({ microseconds }) => microseconds));
  const rows = [...measured].map(([{ loaded, asked }, rounds], at) => [
    String(loaded),
    String(asked),
    figure(middle(rounds, ({ firstAnswerMs }) => firstAnswerMs) / 1000),
    megabytes(middle(rounds, ({ bytes }) => bytes)),
    at === 0 ? '' : `≤ ${megabytes(WANTED_BYTES)}`,
    figure(costs[at]!),
    ...(at === 0 ? [] : [times(costs[at]! / costs[0]!), `≤ ${WANTED} ×`]),
  ]);
  const head = [
    'models',
    'asked in turn',
    'all ready s',
    'resident',
    'wanted',
    'processor µs a request',
    'it is',
    'wanted',
  ];
  process.stdout.write(`\nsmall models of 7 columns, one row as JSON\n${table(head, rows)}\n`);
}

/** Packages of all model files in a folder, in order. */
async function packages(models: string, folder: string): Promise<string[]> {
  const made: string[] = [];
  process.stderr.write('models: making packages\n');
  for (const file of readdirSync(models)
    .filter((name) => name.endsWith('.joblib'))
    .toSorted()) {
    const path = join(models, file);
    const facts = await identify(path);
    const target = join(folder, basename(file, '.joblib'));
    const { files } = await build({ path, name: facts.name }, facts);
    await writePackageFolder(files, target);

    made.push(target);
  }
  return made;
}
