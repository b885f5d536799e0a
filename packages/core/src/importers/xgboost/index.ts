import { sniff, type FileKind } from '../../formats/sniff.ts';
import { emit } from '../../ir/index.ts';
import type { Importer } from '../importer.ts';
import { declaredNames } from '../model/declared-names.ts';
import { Features, InputColumn } from '../model/features.ts';
import { finish } from '../model/finish.ts';
import { checkedColumns } from '../model/most-columns.ts';
import type { Converter } from '../sklearn/converter.ts';
import { readBooster } from './booster.ts';
import { readDocument } from './document.ts';
import { booster, classifier, describe, predictBooster, predictWrapped, regressor } from './wrappers.ts';

/** Classes of the Python package, inside pickles and pipelines. */
export const xgboostConverters: readonly Converter[] = [booster, classifier, regressor];

const kinds: ReadonlySet<FileKind> = new Set(['xgboost-json', 'xgboost-ubj', 'xgboost-legacy']);

/** Files of `save_model`: JSON, UBJSON, and the binary format before 2.1. */
export const xgboost: Importer = {
  id: 'xgboost',
  title: 'XGBoost model (JSON, UBJSON, binary)',
  detect: ({ bytes }) => bytes !== undefined && kinds.has(sniff(bytes)),

  convert(source, { hints }) {
    const model = readBooster(readDocument(source.bytes as Uint8Array));
    const names = declaredNames(model.names, hints?.columns, model.features);
    const columns = Array.from(
      { length: checkedColumns(model.features, 'XGBoost') },
      (_, i) => new InputColumn(names?.[i] ?? `x${i}`, i),
    );
    const type = hints?.modelClass ?? 'xgboost.core.Booster';
    const input = new Features(columns, names);
    const prediction = type.startsWith('xgboost.sklearn.')
      ? predictWrapped(model, input)
      : predictBooster(model, input, NaN);
    const finished = finish(columns, names ? 'table' : 'array', prediction);
    return {
      model: finished.model,
      signature: finished.signature,
      graph: emit(finished.model, { source_class: type, objective: model.objective }),
      report: {
        what: `XGBoost booster (${model.objective})`,
        container: containerOf(source.bytes as Uint8Array),
        library: { name: 'xgboost', version: model.version },
        steps: [
          {
            path: 'model',
            type,
            state: describe(model),
            became: 'trees in flat tables, float32',
            exactness: 'float32',
          },
        ],
        warnings: [],
        requirements: [model.version ? `xgboost==${model.version}` : 'xgboost'],
        drift: finished.drift,
      },
    };
  },
};

function containerOf(bytes: Uint8Array): string {
  const kind = sniff(bytes);
  return kind === 'xgboost-legacy' ? 'binary' : kind === 'xgboost-ubj' ? 'UBJSON' : 'JSON';
}
