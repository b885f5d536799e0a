#!/usr/bin/env node
/**
 * All static checks in turn: format, lint, types, unused code, layers. Runs every one even when an earlier one fails.
 * Plain JavaScript that Node 20 understands.
 */
import { spawnSync } from 'node:child_process';
import { node24 } from '../packages/slipway/bin/node24.mjs';
import { programPath, root } from './programs.mjs';

const checks = [
  { name: 'format', run: ['oxfmt', '--check'], hint: 'npm run format' },
  { name: 'lint', run: ['oxlint'] },
  { name: 'types', run: ['tsc', '-b'] },
  { name: 'unused code', run: ['knip'] },
  { name: 'layers and repository', run: ['vitest', 'run', '--reporter=dot', 'test/architecture'] },
];

const node = node24();
const failed = checks.filter(({ name, run: [program, ...args], hint }) => {
  const began = Date.now();
  const { status, stdout, stderr } = spawnSync(node, [programPath(program), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)\n`);
  if (status === 0) return false;
  process.stdout.write(`${stdout}${stderr}\n${hint ? `→ ${hint}\n\n` : ''}`);
  return true;
});

if (failed.length > 0) {
  process.stdout.write(
    `check: ${failed.length} of ${checks.length} failed: ${failed.map(({ name }) => name).join(', ')}\n`,
  );
  process.exitCode = 1;
} else process.stdout.write('check: all good\n');
