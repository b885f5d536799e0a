export { type Cursor } from './cursor.ts';
export { type PickleHooks, type PickleMachine } from './machine.ts';
export { makeArray, readShape } from './numpy.ts';
export { readPickle, type PickleContent } from './read.ts';
export { classifyGlobal, refuseDangerous, type GlobalClass } from './safety.ts';
