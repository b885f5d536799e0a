import { fail, type SlipwayError } from '../errors/index.ts';
import type { Column, ColumnType, RowForm, Signature, Task } from '../signature/index.ts';
import { layout, type PackageLimits } from './layout.ts';
import type { FileEntry, Manifest } from './manifest.ts';
import { checkPath } from './paths.ts';

/** Gives the parsed `slipway.json` its type, or says which field is wrong. */
export function checkManifest(value: unknown, limits: PackageLimits): Manifest {
  const manifest = record(value, 'the manifest');
  if (manifest['formatVersion'] !== 1) throw wrong('formatVersion');
  const source = record(manifest['source'], 'source');
  text(source['sha256'], 'source.sha256');
  text(record(source['library'], 'source.library')['name'], 'source.library.name');
  record(manifest['importer'], 'importer');
  record(manifest['options'], 'options');
  record(manifest['goldens'], 'goldens');
  const signature = checkSignature(manifest['signature']);
  if (manifest['task'] !== signature.task) throw wrong('task');
  const outputs = list(manifest['outputs'], 'outputs').map((output, i) => {
    const { name, dtype, shape } = record(output, `outputs[${i}]`);
    text(name, `outputs[${i}].name`);
    text(dtype, `outputs[${i}].dtype`);
    list(shape, `outputs[${i}].shape`);
    return name;
  });
  for (const [i, column] of list(manifest['answer'], 'answer').entries()) {
    const { name, output, at } = record(column, `answer[${i}]`);
    text(name, `answer[${i}].name`);
    if (!outputs.includes(output)) throw wrong(`answer[${i}].output`);
    if (!Number.isSafeInteger(at) || (at as number) < 0) throw wrong(`answer[${i}].at`);
  }
  const files = list(manifest['files'], 'files').map((file, i) => checkFile(file, `files[${i}]`));
  checkFiles(files, limits);
  return manifest as unknown as Manifest;
}

/** Gives a parsed signature its type, or says which field is wrong. */
export function checkSignature(value: unknown): Signature {
  const signature = record(value, 'signature');
  oneOf(signature['form'], forms, 'signature.form');
  oneOf(signature['task'], tasks, 'signature.task');
  const columns = list(signature['columns'], 'signature.columns').map((column, i) => checkColumn(column, i));
  if (new Set(columns.map((column) => column.name)).size !== columns.length) throw wrong('signature.columns');
  for (const [i, spec] of optionalList(signature['tensors'], 'signature.tensors').entries()) {
    const { name, dtype, shape, image } = record(spec, `signature.tensors[${i}]`);
    text(name, `signature.tensors[${i}].name`);
    text(dtype, `signature.tensors[${i}].dtype`);
    list(shape, `signature.tensors[${i}].shape`);
    if (image !== undefined)
      list(record(image, `signature.tensors[${i}].image`)['shape'], `signature.tensors[${i}].image`);
  }
  optionalList(signature['classes'], 'signature.classes').forEach((label) => scalar(label, 'signature.classes'));
  optionalList(signature['targets'], 'signature.targets').forEach((name) => text(name, 'signature.targets'));
  optionalList(signature['outputNames'], 'signature.outputNames').forEach((name) =>
    text(name, 'signature.outputNames'),
  );
  for (const labels of optionalList(signature['targetClasses'], 'signature.targetClasses')) {
    list(labels, 'signature.targetClasses').forEach((label) => scalar(label, 'signature.targetClasses'));
  }
  for (const [role, name] of Object.entries(record(signature['outputs'], 'signature.outputs'))) {
    if (role === 'structures') {
      for (const [output, one] of Object.entries(record(name, 'signature.outputs.structures')))
        checkStructure(one, `signature.outputs.structures.${output}`);
      continue;
    }
    const names = typeof name === 'object' && name !== null ? Object.values(name) : [name];
    names.forEach((each) => text(each, `signature.outputs.${role}`));
  }
  return signature as unknown as Signature;
}

function checkStructure(value: unknown, path: string): void {
  const { kind, keys, values, items, data, sizes } = record(value, path);
  oneOf(kind, ['map', 'list', 'sequence'], `${path}.kind`);
  if (kind === 'map') {
    list(keys, `${path}.keys`).forEach((key) => scalar(key, `${path}.keys`));
    text(values, `${path}.values`);
  } else if (kind === 'list') list(items, `${path}.items`).forEach((name) => text(name, `${path}.items`));
  else for (const name of [data, sizes]) text(name, path);
}

function checkColumn(value: unknown, i: number): Column {
  const path = `signature.columns[${i}]`;
  const column = record(value, path);
  if (typeof column['name'] !== 'string') throw wrong(`${path}.name`);
  oneOf(column['type'], types, `${path}.type`);
  for (const flag of ['nullable', 'required']) {
    if (typeof column[flag] !== 'boolean') throw wrong(`${path}.${flag}`);
  }
  optionalList(column['categories'], `${path}.categories`).forEach((item) => scalar(item, `${path}.categories`));
  return column as unknown as Column;
}

function checkFile(value: unknown, at: string): FileEntry {
  const { path, size, sha256 } = record(value, at);
  text(path, `${at}.path`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) throw wrong(`${at}.size`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw wrong(`${at}.sha256`);
  return { path: path as string, size: size as number, sha256 };
}

function checkFiles(files: readonly FileEntry[], limits: PackageLimits): void {
  if (files.length > limits.files) throw wrong('files', 'it lists too many files');
  const paths = new Set<string>();
  let total = 0;
  for (const { path, size } of files) {
    checkPath(path);
    // Two names that differ in case only would be one file on some systems.
    const folded = path.toLowerCase();
    if (paths.has(folded) || folded === layout.manifest) throw wrong('files', `it lists ${path} twice`);
    paths.add(folded);
    total += size;
  }
  if (total > limits.totalBytes) throw wrong('files', 'they are too large together');
  if (!files.some((file) => file.path === layout.graph)) throw wrong('files', `it does not list ${layout.graph}`);
}

const forms: readonly RowForm[] = ['table', 'array', 'text', 'tensors'];
const types: readonly ColumnType[] = ['number', 'integer', 'boolean', 'string', 'datetime'];
const tasks: readonly Task[] = [
  'classification',
  'regression',
  'clustering',
  'outlier',
  'transform',
  'multilabel',
  'multioutput-classification',
  'graph',
];

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path);
  return value as Record<string, unknown>;
}

function list(value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw wrong(path);
  return value;
}

function optionalList(value: unknown, path: string): unknown[] {
  return value === undefined ? [] : list(value, path);
}

function text(value: unknown, path: string): void {
  if (typeof value !== 'string' || value === '') throw wrong(path);
}

function scalar(value: unknown, path: string): void {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') throw wrong(path);
}

function oneOf(value: unknown, allowed: readonly string[], path: string): void {
  if (!allowed.includes(value as string)) throw wrong(path);
}

function wrong(field: string, problem = 'it is missing or has a wrong value'): SlipwayError {
  return fail('PACKAGE_CORRUPT', { path: `${layout.manifest}: ${field}`, problem });
}
