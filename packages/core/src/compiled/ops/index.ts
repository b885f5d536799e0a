import { rowDomain } from '../row-node.ts';
import type { Operator } from '../context.ts';
import { alongAxis } from './along-axis.ts';
import { arithmetic } from './arithmetic.ts';
import { branches } from './branch.ts';
import { casts } from './cast.ts';
import { gathers, mlGathers } from './gather.ts';
import { joins } from './join.ts';
import { labels } from './labels.ts';
import { layout } from './layout.ts';
import { linear } from './linear.ts';
import { linearModels } from './linear-model.ts';
import { logic } from './logic.ts';
import { reduces } from './reduce.ts';
import { scaling } from './scale.ts';

/** Every operator that can be compiled, by domain and name. */
export const operators: Readonly<Record<string, Readonly<Record<string, Operator>>>> = {
  '': {
    ...arithmetic,
    ...logic,
    ...casts,
    ...layout,
    ...joins,
    ...gathers,
    ...reduces,
    ...alongAxis,
    ...linear,
  },
  'ai.onnx.ml': { ...labels, ...mlGathers, ...scaling, ...linearModels },
  [rowDomain]: branches,
};
