import { parentPort, workerData } from 'node:worker_threads';
import { seal } from './seal.ts';

const { open, sealed } = workerData as { readonly open: string; readonly sealed: string };
await seal(open, sealed);
parentPort?.postMessage('done');
