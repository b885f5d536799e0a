import type { Converter } from '../sklearn/converter.ts';
import { countEncoder, statisticEncoders } from './by-value.ts';
import { columnsOfEncoder } from './fitted-columns.ts';
import { widthEncoders } from './many-columns.ts';
import { targetEncoders } from './one-column.ts';
import { ordinalEncoder } from './ordinal.ts';

/** Encoders of the library category_encoders. */
export const categoryEncoders: readonly Converter[] = [
  countEncoder,
  ordinalEncoder,
  statisticEncoders,
  targetEncoders,
  widthEncoders,
].map((converter) => ({ ...converter, columns: columnsOfEncoder }));
