import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cacheFolder } from '../test/services/cache.ts';
import { run } from '../test/services/run.ts';

const built = new Map<string, Promise<string | undefined>>();

/** The program of a folder with a Cargo.toml, named like the folder; built once. Undefined, and said so, where there is no cargo. */
export function rustProgram(source: string): Promise<string | undefined> {
  let program = built.get(source);
  if (!program) built.set(source, (program = build(source)));
  return program;
}

async function build(source: string): Promise<string | undefined> {
  const name = basename(source);
  const digest = createHash('sha256').update(readFileSync(join(source, 'Cargo.toml')));
  for (const file of readdirSync(join(source, 'src')).toSorted())
    digest.update(readFileSync(join(source, 'src', file)));
  const folder = join(cacheFolder, `bench-${name}-${digest.digest('hex').slice(0, 8)}`);
  const binary = join(folder, 'target/release', name);
  if (existsSync(binary)) return binary;
  try {
    await run('cargo', ['--version']);
  } catch {
    process.stderr.write(`prepare: no cargo, therefore no ${name}\n`);
    return undefined;
  }
  process.stderr.write(`prepare: building ${name}\n`);
  // In the cache: cargo writes beside the sources.
  cpSync(source, folder, { recursive: true });
  await run('cargo', ['build', '--release', '--quiet'], { cwd: folder, timeoutMs: 900_000 });
  return binary;
}
