import type { Converter } from '../converter.ts';
import { bernoulliRbm, mlpClassifier, mlpRegressor } from './perceptron.ts';

export const neuralNetwork: readonly Converter[] = [bernoulliRbm, mlpClassifier, mlpRegressor];
