import { isSkops, readSkops } from '../../formats/skops/index.ts';
import { sniff } from '../../formats/sniff.ts';
import { readZip } from '../../formats/zip/index.ts';
import type { Importer } from '../importer.ts';
import { convertObject } from '../python/index.ts';

/** Files of `skops.io.dump`: the same objects as in a pickle, as JSON and arrays. */
export const skops: Importer = {
  id: 'skops',
  title: 'skops file',
  detect: ({ bytes }, { inflate, limits }) =>
    bytes !== undefined && sniff(bytes) === 'zip' && isSkops(readZip(bytes, inflate, limits)),
  convert: (source, options) => convertObject(readSkops(source.bytes as Uint8Array, options), source, options),
};
