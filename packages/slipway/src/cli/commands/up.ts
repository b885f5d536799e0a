import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ModelPlane, type ServedModel } from '../../engine/index.ts';
import { makePackage } from '../../intake/index.ts';
import { openRegistry, type Registry } from '../../registry/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Command, Context } from '../command.ts';
import { listen, serverFlags, serverLog, serverSettings } from '../listen.ts';
import { loadServed } from '../load-served.ts';
import { registrySource } from '../registry-source.ts';
import { runtimeChoice, runtimeFlag } from '../runtime-for.ts';
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
  async run(context) {
    const values = serverSettings(context);
    const log = serverLog(values);
    const choice = runtimeChoice(context.flags);
    const registry = await openRegistry({ home: context.home, thread: 'worker' });
    const source = registrySource(registry, async (version) =>
      loadServed({ pkg: await registry.load(version), name: version.model, version: version.version }, choice),
    );
    const plane = new ModelPlane({ source, maxLoaded: values['max-loaded'], log });
    try {
      if (!(await registry.models()).length) await importExample(context, registry, log);
      const example = await firstModel(plane, registry, log);
      return await listen(context, { plane, settings: values, log, example, close: () => registry.close() });
    } catch (error) {
      await plane.close();
      await registry.close();
      throw error;
    }
  },
};

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
