import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../test/services/run.ts';
import { pinned } from './pinned.ts';

export interface Target {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  /** Each request has another number in place of `$N` in its body, counted from here. */
  readonly countFrom?: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Load {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const connections = 16;
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** As much load as sixteen connections make, from the measuring core; rejects when an answer is not 2xx. */
export async function load(target: Target, seconds: number): Promise<Load> {
  return generator() === 'wrk' ? wrk(target, seconds) : ours(target, seconds);
}

let chosen: 'wrk' | 'node' | undefined;

/** wrk, installed by apt where that is possible; else a small one in Node, which is itself the limit above some 40,000 requests a second. */
function generator(): 'wrk' | 'node' {
  if (chosen) return chosen;
  if (!has('wrk') && has('apt-get') && process.getuid?.() === 0) {
    process.stderr.write('installing wrk\n');
    const env = { ...process.env, RUNLEVEL: '1', DEBIAN_FRONTEND: 'noninteractive' };
    const install =
      'apt-get install -y --no-install-recommends wrk || (apt-get update && apt-get install -y --no-install-recommends wrk)';
    spawnSync('sh', ['-c', install], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  chosen = has('wrk') ? 'wrk' : 'node';
  if (chosen === 'node')
    process.stderr.write('no wrk here: load comes from Node, which caps what fast servers can show\n');
  return chosen;
}

async function wrk({ port, path, body, headers, countFrom }: Target, seconds: number): Promise<Load> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    const script = join(folder, 'post.lua');
    const lines = Object.entries(headers).map(([name, value]) => `wrk.headers['${name}'] = '${value}'\n`);
    const counted =
      countFrom === undefined
        ? ''
        : `local text, n = wrk.body, ${countFrom}
request = function() n = n + 1; return wrk.format(nil, nil, nil, (text:gsub('%$N', string.format('%d', n)))) end\n`;
    writeFileSync(script, `wrk.method = 'POST'\n${lines.join('')}wrk.body = [==[${body}]==]\n${counted}`);
    const args = [
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--latency',
      '-s',
      script,
      `http://127.0.0.1:${port}${path}`,
    ];
    const { stdout } = await run(...pinned('measuring', ['wrk', ...args]));
    if (/Non-2xx|Socket errors: connect [1-9]/.test(stdout)) throw new Error(`The server refused requests:\n${stdout}`);
    return {
      requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]),
      p50Ms: milliseconds(/^\s+50%\s+(\S+)/m.exec(stdout)?.[1]),
      p99Ms: milliseconds(/^\s+99%\s+(\S+)/m.exec(stdout)?.[1]),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function milliseconds(text = ''): number {
  const [, number, unit = ''] = /^([\d.]+)(us|ms|s|m)$/.exec(text) ?? [];
  const factors: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };
  return Number(number) * (factors[unit] ?? Number.NaN);
}

async function ours(target: Target, seconds: number): Promise<Load> {
  const script = join(dirname(fileURLToPath(import.meta.url)), 'load-generator.ts');
  const settings = JSON.stringify({ ...target, connections, seconds });
  const { stdout } = await run(...pinned('measuring', [process.execPath, script, settings]));
  return JSON.parse(stdout) as Load;
}
