import { fail } from '../../errors/index.ts';
import type { LightgbmModel } from './text.ts';

type Categories = readonly (string | number | boolean)[];

/**
 * Which columns the lists of pandas_categorical belong to, in order: those declared categorical; before 3.1, which did
 * not write them down, those whose `feature_infos` are codes.
 */
export function pandasColumns(model: LightgbmModel): Map<number, Categories> {
  const { pandasCategories: lists, categoricalColumns: declared } = model;
  if (!lists.length) return new Map();
  const columns = declared.length === lists.length ? declared : columnsByCodes(model);
  if (!columns) {
    throw fail('UNSUPPORTED_MODEL', {
      path: 'booster',
      what: 'a model that does not say which columns its pandas categories belong to',
      why: '',
      advice:
        'Train with categorical_feature set to the names of all category columns, or with LightGBM 3.1 and later, which writes them down.',
    });
  }
  return new Map(columns.map((column, i) => [column, lists[i] as Categories]));
}

/** Columns whose codes fit the lists; what is missing are columns that training left out (`none`), the nearest before. */
function columnsByCodes({ infos, pandasCategories: lists }: LightgbmModel): number[] | undefined {
  const coded = infos.flatMap((info, column) => (/^-?\d+(:-?\d+)*$/.test(info) ? [column] : []));
  if (coded.length > lists.length) return undefined;
  const columns: number[] = [];
  let list = lists.length - 1;
  for (let column = infos.length - 1; column >= 0 && list >= 0; column--) {
    const needed = coded.filter((other) => other <= column).length;
    const isCoded = coded.includes(column);
    if (!isCoded && !(infos[column] === 'none' && list + 1 > needed)) continue;
    const codes = isCoded ? (infos[column] as string).split(':').map(Number) : [];
    if (Math.max(...codes, 0) >= (lists[list] as Categories).length) return undefined;
    columns.unshift(column);
    list--;
  }
  return list < 0 ? columns : undefined;
}

/**
 * Before 4.0 a frame with columns of several kinds (truth values beside numbers) became float32, in training and in
 * prediction (`_data_from_pandas`). The limits of the columns show it: each is a float32, and not because it is round.
 */
export function isSinglePrecision({ version, infos }: LightgbmModel): boolean {
  if (!['v2', 'v3'].includes(version)) return false;
  const limits = infos.flatMap((info) => /^\[(.+):(.+)\]$/.exec(info)?.slice(1).map(Number) ?? []);
  const isRound = (x: number): boolean => Number.isInteger(x * 1024);
  return limits.every((x) => Math.fround(x) === x) && limits.some((x) => Number.isFinite(x) && !isRound(x));
}
