import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelPlane, type ServedModel } from '../../engine/index.ts';
import type { WorkOptions } from '../../batch/work.ts';
import { makePackage } from '../../intake/index.ts';
import { openHome, packageArtifacts, registryWire, type Registry } from '../../registry/index.ts';
import type { Log } from '../../telemetry/index.ts';
import { trackingPort, trackingWire } from '../../tracking/index.ts';
import type { Command, Context } from '../command.ts';
import { listen, memoryOf, pinsOf, serverFlags, serverLog, serverSettings, sizesOf } from '../listen.ts';
import { registrySource } from '../registry-source.ts';
import { repeat } from '../repeat.ts';
import { versionLoader } from '../version-loader.ts';
import { runtimeChoice, runtimeFlag } from '../runtime-for.ts';
import { sharePort } from '../share-port.ts';
import { summaryOf } from '../summary.ts';
import { startVersionImports } from '../version-imports.ts';

/** In which a server is busy with its start. */
const WORK_AFTER_MS = 500;

/** `slipway up` */
export const up: Command = {
  name: 'up',
  summary: 'serve everything in the registry, with a web page',
  about: `Serves every model of the registry on one port, with a page, documentation and metrics. Models that are imported later are there within a
second. On the first start, with nothing imported yet, the example model "churn" is imported, so that there is something to try.`,
  args: [],
  flags: [...serverFlags, runtimeFlag],
  examples: [
    { run: 'slipway up', does: 'http://127.0.0.1:8080' },
    { run: 'slipway up --port 9000 --home ./state', does: 'Another port, state in this folder' },
  ],
  run: (context) => sharePort(context, () => serveEverything(context)),
};

async function serveEverything(context: Context): Promise<number> {
  const values = serverSettings(context);
  const log = serverLog(values);
  const served = { choice: runtimeChoice(context.flags), threads: values.threads, sizes: sizesOf(values), log };
  const home = await openHome({ home: context.home, thread: 'worker', artifactRoot: values['artifact-root'] });
  const { registry } = home;
  const source = registrySource(home, await versionLoader(home, served, values['require-signature']));
  const plane = new ModelPlane({ source, ...memoryOf(values), log });
  let work: ReturnType<typeof startLater> | undefined;
  let imports: ReturnType<typeof startVersionImports> | undefined;
  let webhooks: ReturnType<typeof repeat> | undefined;
  const close = async () => {
    await work?.close();
    await imports?.[Symbol.asyncDispose]();
    await webhooks?.[Symbol.asyncDispose]();
    await home.close();
  };
  try {
    if (!(await registry.models()).length) await importExample(context, registry, log);
    plane.pin('settings', pinsOf(values));
    await plane.loadPins();
    const example = await firstModel(plane, registry, log);
    work = startLater({ jobs: home.jobs, schedules: home.schedules, home: context.home, log });
    const artifacts = join(context.home, 'artifacts');
    const tracking = trackingPort({ rows: home.rows, artifacts });
    imports = startVersionImports({ home, folder: context.home, tracking, log });
    const allowed = (values['webhook-allow'] ?? '').split(',').filter(Boolean);
    webhooks = repeat('webhooks', log, async () => {
      const { deliverDue } = await import('../../registry/webhooks/deliver.ts');
      await deliverDue(home.webhooks, allowed, () => new Date());
    });
    const moreWires = [
      trackingWire({ rows: home.rows, artifacts, packages: packageArtifacts(home) }),
      registryWire({ ...home, tracking, wake: () => imports?.wake() }),
    ];
    return await listen(context, { plane, settings: values, log, example, home, moreWires, close });
  } catch (error) {
    await plane.close();
    await close();
    throw error;
  }
}

/** Batch jobs and schedules begin a moment after the server: it does not wait for them. */
function startLater(options: WorkOptions): { close(): Promise<void> } {
  let started: ReturnType<typeof startBatch> | undefined;
  const startBatch = async () => (await import('../../batch/work.ts')).startWork(options);
  const timer = setTimeout(() => {
    started = startBatch();
  }, WORK_AFTER_MS);
  timer.unref();
  return {
    async close() {
      clearTimeout(timer);
      await (await started)?.close();
    },
  };
}

async function importExample({ home, terminal }: Context, registry: Registry, log: Log): Promise<void> {
  // Beside the packages in a checkout, inside the package when it is installed.
  const places = ['../../../../../examples/churn', '../../../examples/churn'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const folder = places.find((place) => existsSync(`${place}/model.joblib`));
  if (folder === undefined) return;
  terminal.progress('importing the example model …');
  const { pkg, source } = await makePackage(`${folder}/model.joblib`, { home });
  const facts = {
    source: { file: 'examples/churn/model.joblib', sha256: source.sha256, size: source.size },
    summary: summaryOf(pkg),
  };
  const { version } = await registry.register(pkg, 'churn', facts);
  terminal.endProgress();
  log.info('example imported', { model: `${version.model}:${version.version}` });
}

/** Loads one model, for the line that users paste; the others come when they are asked for. */
async function firstModel(plane: ModelPlane, registry: Registry, log: Log): Promise<ServedModel | undefined> {
  for (const { model } of await registry.models()) {
    try {
      return await plane.find(model);
    } catch (error) {
      log.error('model not served', { model, error });
    }
  }
  return undefined;
}
