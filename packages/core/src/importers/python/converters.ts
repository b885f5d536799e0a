import { sklearn } from '../sklearn/index.ts';
import { catboostConverters } from '../catboost/index.ts';
import { categoryEncoders } from '../category-encoders/index.ts';
import { lightgbmConverters } from '../lightgbm/index.ts';
import { pyodConverters } from '../pyod/index.ts';
import { pycaretConverters } from '../pycaret/index.ts';
import { xgboostConverters } from '../xgboost/index.ts';
import type { Converter } from '../sklearn/converter.ts';

/** Every class of Python libraries that converts, by exact class path. */
export const converters: ReadonlyMap<string, Converter> = new Map(
  [
    ...sklearn,
    ...catboostConverters,
    ...categoryEncoders,
    ...lightgbmConverters,
    ...pycaretConverters,
    ...pyodConverters,
    ...xgboostConverters,
  ].flatMap((converter) => converter.types.map((type) => [type, converter] as const)),
);
