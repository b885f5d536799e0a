import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killOften } from '../batch-kill.ts';

test(
  'a batch job that is killed at 40 random moments, and resumed, writes the very same bytes',
  { timeout: 300_000 },
  async () => {
    const { kills, different } = await killOften(40, 20261121);
    expect(kills).toBeGreaterThanOrEqual(40);
    expect(different).toEqual([]);
  },
);

test('a full disk is told, and the job goes on when there is space', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-space-'));
  try {
    const [input, output, whole] = ['in.csv', 'out.csv', 'whole.csv'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(input, `id,x\n${Array.from({ length: 60_000 }, (_, i) => `${i},${i / 8}\n`).join('')}`);
    const command = [process.execPath, join(import.meta.dirname, '../batch-runner.ts'), input];
    const run = (to: string, limit: readonly string[] = []) => {
      const [program, ...args] = [...limit, ...command, to];
      return spawnSync(program, args, { encoding: 'utf8' });
    };
    expect(run(whole).status).toBe(0);
    // No file may be larger: to the program that is the same as a disk without space.
    const full = run(output, ['prlimit', '--fsize=500000']);
    expect(full.stderr).toContain('NO_SPACE');
    expect(existsSync(output)).toBe(false);
    expect(run(output).status).toBe(0);
    expect(readFileSync(output)).toEqual(readFileSync(whole));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
