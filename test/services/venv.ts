import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache.ts';
import { run } from './run.ts';

/** What made the newest fixtures and the example. */
export const sklearn19 = ['scikit-learn==1.9.1', 'numpy==2.4.6', 'scipy==1.17.1', 'pandas==3.1.1', 'joblib==1.6.0'];

/** The python of a virtual environment with exactly these packages (`name==version`); made once, kept in the cache. */
export async function venv(name: string, requirements: readonly string[]): Promise<string> {
  const digest = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 8);
  const folder = join(cacheFolder, `venv-${name}-${digest}`);
  const python = join(folder, 'bin/python');
  const ready = join(folder, '.ready');
  if (existsSync(ready)) return python;
  // A venv without the mark was interrupted.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(cacheFolder, { recursive: true });
  await run('python3', ['-m', 'venv', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements], {
    timeoutMs: 600_000,
  });
  writeFileSync(ready, '');
  return python;
}
