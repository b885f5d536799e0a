import type { Converter } from '../converter.ts';
import { calibratedClassifier } from './calibrated-classifier.ts';

export const calibration: readonly Converter[] = [calibratedClassifier];
