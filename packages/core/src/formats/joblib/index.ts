export { joblibHooks } from './hooks.ts';
export { unpackOldJoblib } from './old.ts';
