export { apply, type Applied } from './apply.ts';
export type { Plan } from './plan.ts';
export { labelOf, type DeliveredModel } from './target.ts';
export { targetOf, targets } from './targets.ts';
