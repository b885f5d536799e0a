import type { Converter } from '../converter.ts';
import { svc } from './svc.ts';
import { oneClassSvm, svr } from './svr.ts';

/** LinearSVC and LinearSVR are linear models: see `linear/`. */
export const svm: readonly Converter[] = [oneClassSvm, svc, svr];
