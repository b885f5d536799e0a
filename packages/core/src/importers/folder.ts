import { fail } from '../errors/index.ts';
import { sniff, zipContent } from '../formats/sniff.ts';
import { readTar } from '../formats/tar/index.ts';
import { readZip } from '../formats/zip/index.ts';
import { decompress, detectCompression } from '../formats/compression/index.ts';
import { defaultLimits } from '../formats/limits/index.ts';
import type { ImportOptions, Source } from './importer.ts';

/** Archives that are a folder of files: zips of MLflow models, SageMaker's model.tar.gz. Other sources stay as they are. */
export function unpackFolder(source: Source, options: ImportOptions): Source {
  const { bytes, name } = source;
  if (!bytes) return withoutOuterFolder(source);
  const limits = { ...defaultLimits, ...options.limits };
  const kind = sniff(bytes);
  if (kind === 'zip') {
    const archive = readZip(bytes, options.inflate, limits);
    const content = zipContent(archive.names);
    if (content !== 'zip' && content !== 'mlflow') return source;
    return withoutOuterFolder({ name, bytes: undefined, files: archive.files() });
  }
  if (kind === 'tar') return withoutOuterFolder({ name, bytes: undefined, files: readTar(bytes, limits).files() });
  if (detectCompression(bytes) && /\.(tar\.\w+|tgz|tbz2?|txz)$/i.test(name)) {
    const plain = decompress(bytes, options.inflate, limits).bytes;
    if (sniff(plain) === 'tar')
      return withoutOuterFolder({ name, bytes: undefined, files: readTar(plain, limits).files() });
  }
  return source;
}

/** When everything lies in one folder, that folder. */
function withoutOuterFolder(source: Source): Source {
  const { files } = source;
  if (!files?.size || [...files.keys()].some((name) => !name.includes('/'))) return source;
  const [outer = ''] = ([...files.keys()][0] ?? '').split('/');
  if (![...files.keys()].every((name) => name.startsWith(`${outer}/`))) return source;
  const inner = new Map([...files].map(([name, read]) => [name.slice(outer.length + 1), read]));
  return withoutOuterFolder({ name: source.name, bytes: undefined, files: inner });
}

/** A member of a folder by a path that the folder itself names; a path that leads outside is refused. */
export function memberOf(source: Source, path: string, from: string): Source {
  const clean = path.replace(/^\.\//, '');
  if (clean.startsWith('/') || /^[a-z]:/i.test(clean) || clean.split(/[\\/]/).includes('..')) {
    throw fail('UNSAFE_FILE', {
      global: `${JSON.stringify(path.slice(0, 120))} (a path in ${from} that leaves the model's folder)`,
    });
  }
  const read = source.files?.get(clean);
  if (read) return { name: clean.split('/').at(-1) as string, bytes: read() };
  const inside = [...(source.files ?? [])].filter(([name]) => name.startsWith(`${clean}/`));
  if (inside.length)
    return {
      name: clean,
      bytes: undefined,
      files: new Map(inside.map(([name, file]) => [name.slice(clean.length + 1), file])),
    };
  throw fail('CORRUPT_FILE', { format: from, problem: `the file ${JSON.stringify(clean.slice(0, 120))} is missing` });
}
