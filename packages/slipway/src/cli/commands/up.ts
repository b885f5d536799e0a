import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ModelPlane, type ServedModel } from '../../engine/index.ts';
import { makePackage } from '../../intake/index.ts';
import { openHome, type Registry } from '../../registry/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Command, Context } from '../command.ts';
import { listen, serverFlags, serverLog, serverSettings, sizesOf } from '../listen.ts';
import { loadServed } from '../load-served.ts';
import { registrySource } from '../registry-source.ts';
import { runtimeChoice, runtimeFlag } from '../runtime-for.ts';
import { sharePort } from '../share-port.ts';
import { summaryOf } from '../summary.ts';

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
  const served = { choice: runtimeChoice(context.flags), threads: values.threads, sizes: sizesOf(values) };
  const home = await openHome({ home: context.home, thread: 'worker' });
  const { registry } = home;
  const source = registrySource(home, async (version) =>
    loadServed({ pkg: await registry.load(version), name: version.model, version: version.version }, served),
  );
  const plane = new ModelPlane({ source, maxLoaded: values['max-loaded'], log });
  try {
    if (!(await registry.models()).length) await importExample(context, registry, log);
    const example = await firstModel(plane, registry, log);
    return await listen(context, { plane, settings: values, log, example, home, close: () => home.close() });
  } catch (error) {
    await plane.close();
    await home.close();
    throw error;
  }
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
