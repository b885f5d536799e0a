export { readNpy, type NpyContent } from './npy.ts';
export { readNpz } from './npz.ts';
