import { sniff } from '../../formats/sniff.ts';
import { emit } from '../../ir/index.ts';
import type { Importer } from '../importer.ts';
import { declaredNames } from '../model/declared-names.ts';
import { Features, InputColumn } from '../model/features.ts';
import { finish } from '../model/finish.ts';
import type { Converter } from '../sklearn/converter.ts';
import { readLightgbm } from './text.ts';
import { booster, classifier, columnsOf, describe, predictModel, regressor } from './wrappers.ts';

/** Classes of the Python package, inside pickles and pipelines. */
export const lightgbmConverters: readonly Converter[] = [booster, classifier, regressor];

/** The text files of `save_model`. */
export const lightgbm: Importer = {
  id: 'lightgbm',
  title: 'LightGBM model (text)',
  detect: ({ bytes }) => bytes !== undefined && sniff(bytes) === 'lightgbm-text',

  convert(source, { hints }) {
    const model = readLightgbm(new TextDecoder().decode(source.bytes));
    const names = declaredNames(columnsOf(model).names, hints?.columns, model.features);
    const columns = model.names.map((_, i) => new InputColumn(names?.[i] ?? `x${i}`, i));
    const finished = finish(columns, names ? 'table' : 'array', predictModel(model, new Features(columns, names)));
    const type = 'lightgbm.basic.Booster';
    return {
      model: finished.model,
      signature: finished.signature,
      graph: emit(finished.model, { source_class: type, objective: model.objective }),
      report: {
        what: `LightGBM booster (${model.objective || 'custom objective'})`,
        container: 'text',
        library: { name: 'lightgbm', version: undefined },
        steps: [
          { path: 'model', type, state: describe(model), became: 'trees in flat tables', exactness: 'bit-exact' },
        ],
        warnings: [],
        requirements: ['lightgbm'],
        drift: finished.drift,
      },
    };
  },
};
