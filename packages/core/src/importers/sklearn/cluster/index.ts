import type { Converter } from '../converter.ts';
import { bisectingKMeans } from './bisecting.ts';
import { birch, exemplars, kMeans } from './centres.ts';

export const cluster: readonly Converter[] = [birch, bisectingKMeans, exemplars, kMeans];
