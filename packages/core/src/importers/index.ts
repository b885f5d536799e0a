import { fail } from '../errors/index.ts';
import { explainUnknown } from '../formats/sniff.ts';
import type { Imported, Importer, ImportOptions, Source } from './importer.ts';
import { catboost } from './catboost/index.ts';
import { unpackFolder } from './folder.ts';
import { lightgbm } from './lightgbm/index.ts';
import { mlflowImporter } from './mlflow/index.ts';
import { onnx } from './onnx/index.ts';
import { python } from './python/index.ts';
import { skops } from './skops/index.ts';
import { refusalOf } from './unsupported.ts';
import { xgboost } from './xgboost/index.ts';

/** Every importer; the first that detects a source converts it. */
export const importers: readonly Importer[] = [
  mlflowImporter(importModel),
  skops,
  python,
  catboost,
  lightgbm,
  xgboost,
  onnx,
];

/** Reads a model file (or folder) without executing it and converts it to a graph with a signature. */
export function importModel(source: Source, options: ImportOptions): Imported {
  const unpacked = unpackFolder(source, options);
  const importer = importers.find((candidate) => candidate.detect(unpacked, options));
  if (options.image !== undefined && importer && importer !== onnx) throw noPictures(importer.title);
  if (importer) return importer.convert(unpacked, options);
  const only = onlyModel(unpacked, options);
  if (only) return importModel(only, options);
  throw refusalOf(unpacked) ?? explainUnknown(unpacked.bytes, unpacked.name);
}

function noPictures(title: string) {
  return fail('USAGE', {
    problem: `--image is for ONNX models, and this is: ${title}.`,
    advice: 'Leave it out, or export the network as ONNX.',
  });
}

/** The one model file of a folder that says nothing about itself (SageMaker's model.tar.gz). */
function onlyModel({ bytes, files }: Source, options: ImportOptions): Source | undefined {
  if (bytes) return undefined;
  const members = [...(files ?? [])]
    .slice(0, 1000)
    .map(([name, read]): Source => ({ name: name.split('/').at(-1) as string, bytes: read() }));
  const models = members.filter((member) => importers.some((importer) => importer.detect(member, options)));
  return models.length === 1 ? models[0] : undefined;
}

export type {
  DriftColumn,
  Exactness,
  Imported,
  Importer,
  ImportHints,
  ImportOptions,
  OriginalGolden,
  Report,
  Source,
  Step,
} from './importer.ts';
