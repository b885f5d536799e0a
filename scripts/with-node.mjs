#!/usr/bin/env node
/**
 * Runs a program of the installed packages, or a script, with Node ≥ 24: the running one where it is new enough,
 * else the one that `npm ci` brought. Plain JavaScript that Node 20 understands.
 *
 *   node scripts/with-node.mjs vitest run
 *   node scripts/with-node.mjs bench/run.ts
 */
import { existsSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { node24 } from '../packages/slipway/bin/node24.mjs';
import { respawn } from '../packages/slipway/bin/respawn.mjs';
import { binFolder, programPath } from './programs.mjs';

const [program, ...args] = process.argv.slice(2);
if (!program) {
  process.stderr.write('usage: with-node.mjs PROGRAM|SCRIPT [ARG…]\n');
  process.exit(2);
}
const node = node24();
const script = existsSync(program) ? program : programPath(program);
const env = { ...process.env, PATH: [dirname(node), binFolder, process.env.PATH].join(delimiter) };
respawn(node, [script, ...args], { env });
