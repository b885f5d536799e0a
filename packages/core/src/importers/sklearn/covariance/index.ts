import type { Converter } from '../converter.ts';
import { ellipticEnvelope } from './elliptic-envelope.ts';

export const covariance: readonly Converter[] = [ellipticEnvelope];
