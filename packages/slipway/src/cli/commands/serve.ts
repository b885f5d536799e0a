import { fail } from '@slipway/core/errors';
import { ModelPlane, type ServedModel } from '../../engine/index.ts';
import {
  checkModelName,
  keysOfHome,
  describe,
  openHome,
  parseReference,
  type Reference,
} from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import type { FollowedModel } from '../followed-source.ts';
import { imageFlag } from '../image-flag.ts';
import { listen, memoryOf, pinsOf, serverFlags, serverLog, serverSettings, sizesOf } from '../listen.ts';
import { loadServed } from '../load-served.ts';
import { openPlaces } from '../model-places.ts';
import { openAndKeep, openKept } from '../open-kept.ts';
import { isSource, openReference, type Opened } from '../open-reference.ts';
import { narrowedSource, registrySource } from '../registry-source.ts';
import { runtimeChoice, runtimeFlag } from '../runtime-for.ts';
import { sharePort } from '../share-port.ts';
import { versionLoader } from '../version-loader.ts';
import { isPackageFolder } from '../../intake/package-folder.ts';

/** `slipway serve MODEL…` */
export const serve: Command = {
  name: 'serve',
  summary: 'serve models over HTTP',
  about: `Serves registered models, model files or package folders over HTTP: POST /predict/NAME answers rows, GET / is a page with a form, GET /docs
documents it all. Every model replays its goldens before it takes a request. A registered model follows its alias within a second.

The server is open to programs on this machine. On another --host it needs keys (slipway keys create), or a platform in front that
authenticates (--auth platform). SIGTERM lets running
requests finish.`,
  args: [
    {
      name: 'MODEL',
      help: 'churn, churn:3, churn@champion, a model file, a package folder, or an address. [SLIPWAY_MODEL]',
      optional: true,
      many: true,
    },
  ],
  flags: [
    ...serverFlags,
    runtimeFlag,
    {
      name: 'name',
      value: 'NAME',
      help: 'Name of the model, for a file or folder (default: its own name).',
    },
    {
      name: 'object',
      value: 'KEYS',
      help: 'Which object of a model file is the model; scaler+model applies one first.',
    },
    imageFlag,
    {
      name: 'threshold',
      value: 'P',
      type: 'number',
      help: 'Decide for the second class from this probability on (model files).',
    },
    {
      name: 'follow',
      value: 'SECONDS',
      type: 'number',
      help: 'Look that often whether files and addresses have changed, and serve what is new.',
    },
  ],
  examples: [
    { run: 'slipway serve churn', does: 'The newest version' },
    { run: 'slipway serve churn@champion fraud:2 --port 9000', does: 'Two models on another port' },
    { run: 'slipway serve model.joblib', does: 'A file, without importing it' },
    { run: 'slipway serve https://models.example/churn.joblib --follow 30', does: 'An address, and what is new there' },
    { run: 'SLIPWAY_MODEL=churn PORT=8000 slipway serve', does: 'In a container' },
  ],
  async run(context) {
    const words = context.args.length
      ? context.args
      : (context.environment['SLIPWAY_MODEL'] ?? '').split(/\s+/).filter(Boolean);
    // A platform may load models later, by their place.
    if (!words.length && serverSettings(context)['model-place'] === undefined) {
      throw fail('USAGE', {
        problem: 'MODEL is missing.',
        advice: 'Name a model (`slipway models` lists them), a file, or set SLIPWAY_MODEL.',
      });
    }
    return await sharePort(context, () => serveAll(context, words));
  },
};

async function serveAll(context: Context, words: readonly string[]): Promise<number> {
  const values = serverSettings(context);
  const log = serverLog(values);
  const served = { choice: runtimeChoice(context.flags), threads: values.threads, sizes: sizesOf(values), log };
  const files = words.filter((word) => isPackageFolder(word) || isSource(word));
  const references = words.filter((word) => !files.includes(word)).map(referenceOf);
  const name = context.flags.text('name');
  if (name !== undefined && files.length !== 1) {
    throw fail('USAGE', {
      problem: '--name needs exactly one file or folder.',
      advice: 'Registered models have their names already.',
    });
  }
  const home = references.length
    ? await openHome({ home: context.home, thread: 'worker', artifactRoot: values['artifact-root'] })
    : undefined;
  const follow = followOf(context, files, references.length);
  // A server of files alone needs no home folder; as soon as there is one, its keys count.
  await using keys = home ? undefined : keysOfHome(context.home);
  const open = (word: string) => openKept(word, context, log);
  const load = (opened: Opened) => loadServed(opened, served);
  const source = follow
    ? (await import('../followed-source.ts')).followedSource(await followed(files, name, open), {
        open: (word) => openAndKeep(word, context),
        load,
        everyMs: follow * 1000,
        log,
      })
    : home &&
      narrowedSource(registrySource(home, await versionLoader(home, served, values['require-signature'])), references);
  const plane = new ModelPlane({
    source,
    ...memoryOf(values),
    log,
    open: openPlaces(values['model-place'], async (place, model) =>
      loadServed({ ...(await openReference(place, context)), name: checkModelName(model) }, served),
    ),
  });
  try {
    let example: ServedModel | undefined;
    if (follow) for (const { model } of (await source?.models()) ?? []) example ??= await plane.find(model);
    for (const file of follow ? [] : files) {
      const opened = await open(file);
      const own = checkModelName(name ?? opened.name);
      const model = await plane.serve([own], () => loadServed({ ...opened, name: own }, served));
      example ??= model;
    }
    // What the command line names stays; other versions of these models come and go.
    plane.pin('settings', [...references.map(({ model }) => model), ...pinsOf(values)]);
    for (const reference of references) {
      const model = await plane.find(reference.model);
      example ??= model;
      if (reference.kind !== 'newest') await plane.find(describe(reference));
    }
    await plane.loadPins();
    return await listen(context, {
      plane,
      settings: values,
      log,
      example,
      home,
      keys,
      close: async () => home?.close(),
    });
  } catch (error) {
    await plane.close();
    await home?.close();
    throw error;
  }
}

/** Seconds between looks at what is served; undefined where nothing is followed. */
function followOf({ flags }: Context, files: readonly string[], references: number): number | undefined {
  const seconds = flags.number('follow');
  if (seconds === undefined || seconds === 0) return undefined;
  const advice = 'For example `slipway serve https://models.example/churn.joblib --follow 30`.';
  if (seconds < 0.1) throw fail('USAGE', { problem: '--follow must be 0 or at least 0.1 seconds.', advice });
  if (files.length > 0 && references === 0) return seconds;
  throw fail('USAGE', {
    problem: '--follow is for files and addresses; registered models follow their alias by themselves.',
    advice,
  });
}

/** The first look at what is to be followed. */
async function followed(
  files: readonly string[],
  name: string | undefined,
  open: (word: string) => Promise<Opened>,
): Promise<FollowedModel[]> {
  const models: FollowedModel[] = [];
  for (const word of files) {
    const opened = await open(word);
    models.push({ name: checkModelName(name ?? opened.name), word, opened });
  }
  return models;
}

function referenceOf(word: string): Reference {
  const reference = parseReference(word);
  if (!reference || /\.(pkl|joblib|pickle|onnx|skops)$/i.test(word)) throw fail('FILE_NOT_FOUND', { path: word });
  return reference;
}
