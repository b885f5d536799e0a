import type { Limits } from '@slipway/core/formats';

const MiB = 2 ** 20;

/** What a tab may spend on a file. A tab that runs out of memory is lost, so this is less than a server spends. */
export const limits: Partial<Limits> & Pick<Limits, 'inputBytes'> = {
  inputBytes: 256 * MiB,
  inflatedBytes: 512 * MiB,
  objects: 2_000_000,
  memo: 2_000_000,
  opcodes: 20_000_000,
};

/** Time for one step; then the worker is ended. */
export const timeoutMs = 60_000;

/** Files of a folder, and how deep they may lie. */
export const most = { files: 2000, depth: 20 };
