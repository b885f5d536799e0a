import type { Converter } from '../converter.ts';
import { classifierChain, regressorChain } from './chains.ts';
import { multiOutputClassifier, multiOutputRegressor } from './multi-output.ts';
import { oneVsOne } from './one-vs-one.ts';
import { oneVsRest } from './one-vs-rest.ts';
import { outputCode } from './output-code.ts';

export const multi: readonly Converter[] = [
  oneVsRest,
  oneVsOne,
  outputCode,
  multiOutputClassifier,
  multiOutputRegressor,
  classifierChain,
  regressorChain,
];
