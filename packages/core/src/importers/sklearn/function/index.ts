import type { Converter } from '../converter.ts';
import { functionTransformer } from './function-transformer.ts';

export { callFunction } from './call.ts';

export const functionTransformers: readonly Converter[] = [functionTransformer];
