import type { Converter } from '../converter.ts';
import { randomProjections } from './random-projections.ts';

export const randomProjection: readonly Converter[] = [randomProjections];
