import type { InspectedModel } from '@slipway/core/conversion';
import type { Column } from '@slipway/core/signature';
import { inspectSource, isPackageFolder, readPackageFolder, type Inspection } from '../../intake/index.ts';
import type { Command, Context } from '../command.ts';
import { imageFlag, imageOption } from '../image-flag.ts';
import { table } from '../table.ts';

/** `slipway inspect SOURCE` */
export const inspect: Command = {
  name: 'inspect',
  summary: 'say what a model file is, without executing it',
  about: `Reads a model file as data and says what it is: library and version, steps and what becomes of each, columns, classes, warnings and dangers,
and where a package of it would run. Nothing in the file is executed, so a file from a stranger is safe to inspect. A file that cannot be
converted still shows what was found; the exit code is then 1.`,
  args: [{ name: 'SOURCE', help: 'Model file, folder, package folder, or http(s) address.' }],
  flags: [
    {
      name: 'object',
      value: 'KEYS',
      help: 'Which object of the file is the model, such as model or 0; scaler+model applies one first.',
    },
    imageFlag,
    { name: 'names', help: 'List every class and function that the file refers to.' },
  ],
  examples: [
    { run: 'slipway inspect model.joblib', does: 'What is this file?' },
    { run: 'slipway inspect model.pkl --json', does: 'The same for programs' },
    { run: 'slipway inspect bundle.pkl --object model', does: 'A dict that holds several things' },
  ],
  async run(context) {
    const {
      args: [source = ''],
      flags,
      home,
      json,
      terminal,
    } = context;
    if (isPackageFolder(source)) return inspectPackage(context, source);
    terminal.progress(`reading ${source} …`);
    const found = await inspectSource(source, { home, object: flags.text('object'), image: imageOption(flags) });
    terminal.endProgress();
    if (json) terminal.printJson(found);
    else tell(context, found);
    return found.problem ? 1 : 0;
  },
};

function inspectPackage({ json, terminal }: Context, path: string): number {
  const { digest, manifest } = readPackageFolder(path);
  if (json) {
    terminal.printJson({ package: true, digest, ...manifest });
    return 0;
  }
  const bold = (text: string) => terminal.style('bold', text);
  terminal.print(`${bold(path)}: a Slipway package, every byte verified`);
  terminal.print(`  digest    ${digest}`);
  terminal.print(`  made of   ${manifest.source.what} (${manifest.source.container})`);
  terminal.print(`  goldens   ${manifest.goldens.kind}`);
  terminal.print();
  terminal.print(columnsTable(manifest.signature.columns, bold));
  return 0;
}

function tell(context: Context, { file, looksLike, names, model, problem }: Inspection): void {
  const { terminal, flags } = context;
  const bold = (text: string) => terminal.style('bold', text);
  const what = model ? model.what : (looksLike ?? 'not recognised');
  terminal.print(`${bold(file.name)}: ${what}`);
  if (model) terminal.print(`  saved as  ${model.container}, ${sizeText(file.size)}`);
  else terminal.print(`  size      ${sizeText(file.size)}`);
  terminal.print(`  sha256    ${file.sha256}`);
  if (model)
    terminal.print(
      `  library   ${[model.library.name, model.library.version ?? '(version unknown)'].join(' ')}${model.python ? `, Python ${model.python}` : ''}`,
    );
  const unsafe = names.filter(({ kind }) => kind === 'unsafe');
  const custom = names.filter(({ kind }) => kind === 'custom-code');
  if (unsafe.length) {
    terminal.print();
    terminal.print(
      terminal.style('red', 'Dangers') +
        ': loading this file with Python would reach these; nothing was executed here.',
    );
    for (const { path, count } of unsafe) terminal.print(`  ${path}${count > 1 ? ` (${count} times)` : ''}`);
  }
  if (custom.length) {
    terminal.print();
    terminal.print(`${bold('Python code in the file')}: ${custom.map(({ path }) => path).join(', ')}`);
  }
  if (flags.has('names') || (!model && names.length)) tellNames(context, names);
  if (model) tellModel(context, model);
  if (problem) {
    terminal.say();
    terminal.say(`${terminal.errStyle('red', `error[${problem.code}]`)}: ${problem.message}`);
    terminal.say(`${terminal.errStyle('cyan', 'hint')}: ${problem.hint}`);
    return;
  }
  terminal.print();
  terminal.print('Next:');
  terminal.print(`  slipway import ${context.args[0]}`);
}

function tellNames({ terminal, flags }: Context, names: Inspection['names']): void {
  const shown = flags.has('names') ? names : names.filter(({ path }) => /\.[A-Z]\w*$/.test(path)).slice(0, 25);
  if (!shown.length) return;
  terminal.print();
  terminal.print(`${terminal.style('bold', 'Refers to')}:`);
  for (const { path, count } of shown) terminal.print(`  ${path}${count > 1 ? ` (${count} times)` : ''}`);
  if (shown.length < names.length) terminal.print(`  … ${names.length} names in all; --names lists them`);
}

function tellModel({ terminal, args }: Context, model: InspectedModel): void {
  const bold = (text: string) => terminal.style('bold', text);
  const { signature, steps, warnings } = model;
  if (steps.length) {
    terminal.print();
    const rows = steps.map(({ path, type, state, became, exactness }) => [
      path,
      shortType(type),
      state,
      became,
      exactness,
    ]);
    terminal.print(table([['step', 'class', 'state', 'becomes', 'exactness'], ...rows], bold));
  }
  if (signature.columns.length) {
    terminal.print();
    terminal.print(columnsTable(signature.columns, bold));
  }
  terminal.print();
  terminal.print(
    `${bold('Answers')}   ${model.answer.map(({ name }) => name).join(', ') || 'the outputs of the graph'}`,
  );
  if (signature.classes)
    terminal.print(`${bold('Classes')}   ${signature.classes.map((label) => JSON.stringify(label)).join(', ')}`);
  if (model.threshold !== undefined) {
    terminal.print(
      `${bold('Threshold')} ${model.threshold} lies beside the model; it is applied only with --threshold ${model.threshold}`,
    );
  }
  if (model.requirements.length) terminal.print(`${bold('Made with')} ${model.requirements.join(', ')}`);
  if (model.exampleRow !== undefined) terminal.print(`${bold('A row')}     ${JSON.stringify(model.exampleRow)}`);
  if (warnings.length) {
    terminal.print();
    for (const warning of warnings) terminal.print(`${terminal.style('yellow', 'warning')}: ${warning}`);
  }
  terminal.print();
  const hosts = model.hosts.map(({ host, runs, why }) => [
    runs ? terminal.style('green', 'yes') : terminal.style('yellow', 'no '),
    `${host}${why ? `: ${why}` : ''}`,
  ]);
  terminal.print(`${bold('Runs on')}`);
  for (const [mark = '', host = ''] of hosts) terminal.print(`  ${mark}  ${host}`);
  terminal.print();
  if (model.originalRows) {
    terminal.print(
      `${bold('Original answers')}: ${model.originalRows} rows came with it; import compares with all of them.`,
    );
    return;
  }
  terminal.print(
    `${bold('Original answers')}: none came with it. To let import prove that it answers like the original, run where the model was trained`,
  );
  terminal.print('(slipway_save.py is one file in python/ of Slipway; it needs nothing but what the model needs):');
  terminal.print();
  terminal.print('  from slipway_save import save');
  terminal.print(
    `  save(model, X_sample, "${stem(args[0] ?? 'model')}.zip")     # then: slipway import ${stem(args[0] ?? 'model')}.zip`,
  );
}

function columnsTable(columns: readonly Column[], bold: (text: string) => string): string {
  const rows = columns.map(({ name, type, nullable, required, categories, closed }) => [
    name,
    type,
    required ? (nullable ? 'allowed' : 'refused') : 'not used',
    categories ? `${closed ? 'only ' : ''}${shortList(categories.map((value) => JSON.stringify(value)))}` : '',
  ]);
  return table([['column', 'type', 'missing', 'categories'], ...rows], bold);
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 8).join(', ');
  return items.length > 8 ? `${shown}, … (${items.length})` : shown;
}

/** `sklearn.preprocessing._data.StandardScaler` → `StandardScaler` */
function shortType(type: string): string {
  return type.split('.').at(-1) ?? type;
}

function stem(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? path).replace(/\.[^.]*$/, '');
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const units = ['KiB', 'MiB', 'GiB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < 2) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
