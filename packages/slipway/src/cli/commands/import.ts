import { fail } from '@slipway/core/errors';
import { reportOf, type Package } from '@slipway/core/package';
import { makePackage, readPackageFolder, isPackageFolder, writePackageFolder, type Made } from '../../intake/index.ts';
import { checkAlias, checkModelName, nameFor } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { imageFlag, imageOption } from '../image-flag.ts';
import { isOci, pullOci } from '../pull-oci.ts';
import { summaryOf } from '../summary.ts';
import { withRegistry } from '../with-registry.ts';

/** `slipway import SOURCE` */
export const importCommand: Command = {
  name: 'import',
  summary: 'package a model file, into the registry or a folder',
  about: `Reads a trained model as data (nothing in it is executed), converts it, proves that the result answers like the original, and registers
it as the next version of a model. The same file with the same options is the same version again.

The proof uses the original's own answers where there are any: save them with slipway_save.py, or give --sample with columns such as
"prediction". Without them, a reference evaluator and the executors check each other on difficult rows.`,
  args: [
    {
      name: 'SOURCE',
      help: 'Model file, folder, package folder, http(s) address, oci:…, or models:/… and runs:/… of an MLflow server.',
    },
  ],
  flags: [
    { name: 'name', value: 'NAME', help: 'Name of the model (default: the name of the file).' },
    { name: 'alias', value: 'ALIAS', help: 'Point this alias at the new version.' },
    {
      name: 'sample',
      value: 'FILE',
      help: 'Rows with answers of the original (.csv or .jsonl) to compare with.',
    },
    { name: 'out', value: 'DIR', help: 'Write the package to a folder instead of the registry.' },
    {
      name: 'object',
      value: 'KEYS',
      help: 'Which object of the file is the model, such as model or 0; scaler+model applies one first.',
    },
    {
      name: 'threshold',
      value: 'P',
      type: 'number',
      help: 'Decide for the second class from this probability on.',
    },
    imageFlag,
    {
      name: 'python',
      value: 'HOW',
      choices: ['never', 'auto'],
      help: 'Whether Python may help; this version never needs it.',
    },
  ],
  examples: [
    { run: 'slipway import model.joblib --name churn', does: 'churn:1, or the next version of churn' },
    { run: 'slipway import churn.zip --alias champion', does: 'What slipway_save.py wrote, with its original answers' },
    { run: 'slipway import models:/churn@champion', does: 'From the MLflow server of MLFLOW_TRACKING_URI' },
    { run: 'slipway import model.pkl --sample scored.csv', does: 'Compare with answers that you have' },
    { run: 'slipway import resnet.onnx --image imagenet', does: 'A network that takes PNG and JPEG files' },
    {
      run: 'slipway import model.pkl --out churn-package',
      does: 'A folder to copy elsewhere, serve, or load with MLflow',
    },
  ],
  run: (context) => (context.flags.text('out') === undefined ? register(context) : writeOut(context)),
};

async function register(context: Context): Promise<number> {
  const {
    args: [source = ''],
    flags,
    home,
    json,
    terminal,
  } = context;
  const name = checkModelName(flags.text('name') ?? nameFor(wordFor(source)));
  const alias = flags.text('alias');
  if (alias !== undefined) checkAlias(alias);
  const { pkg, source: from, warnings, executors } = await make(context, source);
  terminal.progress('registering …');
  const { version, existed } = await withRegistry(home, (registry) =>
    registry.register(pkg, name, {
      source: { file: from.name, sha256: from.sha256, size: from.size, library: pkg.manifest.source.library },
      summary: summaryOf(pkg),
      alias,
    }),
  );
  terminal.endProgress();
  if (json) {
    terminal.printJson({ ...version, existed, warnings, goldens: pkg.manifest.goldens, executors: executors ?? null });
    return 0;
  }
  for (const warning of warnings) terminal.warn(warning);
  const label = `${version.model}:${version.version}`;
  terminal.print(
    `${terminal.style('bold', label)}${existed ? ' (already there: the same file with the same options)' : ''}`,
  );
  tellPackage(context, pkg);
  if (version.aliases.length) terminal.print(`  aliases   ${version.aliases.join(', ')}`);
  terminal.print();
  terminal.print('Next:');
  terminal.print(`  slipway serve ${label}`);
  terminal.print(`  slipway predict ${label} --input rows.csv`);
  return 0;
}

/** What a model is named after: a file, or the name that it has elsewhere. */
function wordFor(source: string): string {
  const plain = source.replace(/[#?].*$/, '');
  if (isOci(source)) return plain.replace(/@sha256:.*$/, '').replace(/:[\w.-]+$/, '');
  return /^models:\/+([^/@]+)/i.exec(plain)?.[1] ?? plain;
}

async function writeOut(context: Context): Promise<number> {
  const {
    args: [source = ''],
    flags,
    json,
    terminal,
  } = context;
  const out = flags.text('out') as string;
  for (const other of ['name', 'alias']) {
    if (flags.text(other) === undefined) continue;
    throw fail('USAGE', {
      problem: `--${other} does not go with --out.`,
      advice: 'A package has no name; the registry gives it one.',
    });
  }
  const { pkg, warnings } = await make(context, source);
  await writePackageFolder(pkg.files, out);
  terminal.endProgress();
  if (json) {
    terminal.printJson({
      path: out,
      digest: pkg.digest,
      files: pkg.manifest.files.length + 1,
      warnings,
      goldens: pkg.manifest.goldens,
    });
    return 0;
  }
  for (const warning of warnings) terminal.warn(warning);
  terminal.print(terminal.style('bold', out));
  tellPackage(context, pkg);
  terminal.print();
  terminal.print('Next:');
  terminal.print(`  slipway serve ${out}`);
  terminal.print(`  python -c "import mlflow.pyfunc; print(mlflow.pyfunc.load_model('${out}'))"`);
  return 0;
}

async function make(context: Context, source: string): Promise<Made> {
  const { flags, home, terminal } = context;
  if (isOci(source)) {
    const { pkg, shown } = await pullOci(source, context);
    const { sha256, size } = pkg.manifest.source;
    return { pkg, source: { kind: 'folder', name: shown, sha256, size }, executors: undefined, warnings: [] };
  }
  if (isPackageFolder(source)) {
    const pkg = readPackageFolder(source);
    const { sha256, size } = pkg.manifest.source;
    return { pkg, source: { kind: 'folder', name: source, sha256, size }, executors: undefined, warnings: [] };
  }
  terminal.progress(`reading ${source} …`);
  return await makePackage(source, {
    home,
    object: flags.text('object'),
    threshold: flags.number('threshold'),
    image: imageOption(flags),
    sample: flags.text('sample'),
  });
}

function tellPackage({ terminal }: Context, pkg: Package): void {
  const { manifest, digest } = pkg;
  const { source, signature, goldens } = manifest;
  const library = [source.library.name, source.library.version].filter(Boolean).join(' ');
  terminal.print(
    `  model     ${source.what}${source.what.includes(source.library.name) ? ` (${library})` : `, ${library}`}`,
  );
  terminal.print(
    `  takes     ${signature.columns.length} columns; answers: ${
      manifest.answer
        .map(({ name }) => name)
        .slice(0, 6)
        .join(', ') || 'the outputs of its graph'
    }`,
  );
  terminal.print(`  digest    ${digest}`);
  const gate = Object(reportOf(pkg)['gate']) as { adversarialRows?: number; originalRows?: number };
  const proofs = {
    original: `${goldens.original} answers of the original library, all reproduced`,
    'cross-checked': `no original answers came with it; reference evaluator and executors agree on ${gate.adversarialRows ?? goldens.crossChecked} difficult rows`,
    single: 'one executor alone; nothing to compare with',
    none: 'none',
  };
  terminal.print(`  checked   ${proofs[goldens.kind]}`);
  if (goldens.kind !== 'original') {
    terminal.print(
      `            To compare with the original: slipway inspect shows two lines of Python, or give --sample.`,
    );
  }
}
