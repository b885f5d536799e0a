import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { samplePackage } from '../../../../test/sample-package.ts';
import { run } from '../../../../test/services/run.ts';
import { startSlipway, type SlipwayProcess } from '../../../../test/services/server.ts';
import { writePackageFolder } from '../intake/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-follow-'));
const home = join(folder, 'home');
const cli = join(import.meta.dirname, '../../bin/slipway.mjs');
let place: Server;
let address: string;
let shown: { status: number; body: Uint8Array; cut?: boolean } = { status: 404, body: new Uint8Array(0) };
let downloads = 0;
let running: SlipwayProcess | undefined;

beforeAll(async () => {
  place = createServer((request, response) => {
    const { status: code, body, cut } = shown;
    const etag = `"${body.length}-${hash(body)}"`;
    response.writeHead(code, { etag, 'content-length': body.length });
    if (request.method === 'HEAD') return void response.end();
    downloads++;
    if (!cut) return void response.end(body);
    response.write(body.subarray(0, body.length / 2));
    setTimeout(() => response.destroy(), 20);
  }).listen(0, '127.0.0.1');
  await once(place, 'listening');
  address = `http://127.0.0.1:${(place.address() as AddressInfo).port}/sum.onnx`;
});

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

afterAll(() => {
  place.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A model that adds so much. */
const sum = (amount: number) => ({ status: 200, body: samplePackage(amount).graph });

const gives = async (server: SlipwayProcess, value: number) =>
  (await answer(server, { x: 1 })) === `{"prediction":${value}}`;

async function serve(...words: string[]): Promise<SlipwayProcess> {
  running = await startSlipway(['serve', ...words, '--home', home]);
  return running;
}

/** A start that must fail; rejects with what it said. */
const refused = (...words: string[]) => run(process.execPath, [cli, 'serve', ...words, '--home', home, '--port', '0']);

async function answer({ url }: SlipwayProcess, body: unknown): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return await (await fetch(`${url}/predict`, init)).text();
}

async function status({ url }: SlipwayProcess): Promise<unknown> {
  return ((await (await fetch(`${url}/readyz`)).json()) as { status: unknown }).status;
}

async function until(check: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 800) throw new Error('it never happened');
    await wait(50);
  }
}

function hash(body: Uint8Array): number {
  return body.reduce((before, byte) => (before * 31 + byte) % 1e9, 7);
}

describe('an address that is followed', () => {
  test('is switched to what is new, and goes on while it is away or broken', { timeout: 60_000 }, async () => {
    shown = sum(2);
    const server = await serve(address, '--follow', '0.1');
    expect(await gives(server, 3)).toBe(true);
    downloads = 0;
    await wait(300);
    // The second look has no stamp to compare with; from then on the same bytes are not fetched again.
    expect(downloads).toBeLessThanOrEqual(1);
    shown = sum(40);
    await until(() => gives(server, 41));
    expect(await status(server)).toBe('ready');

    shown = { status: 503, body: new Uint8Array(0) };
    await until(async () => (await status(server)) === 'stale');
    expect(await gives(server, 41)).toBe(true);
    shown = { ...sum(7), cut: true };
    await wait(300);
    expect(await gives(server, 41)).toBe(true);
    shown = { status: 200, body: new TextEncoder().encode('not a model') };
    await wait(300);
    expect(await status(server)).toBe('stale');
    expect(await gives(server, 41)).toBe(true);
    shown = sum(8);
    await until(() => gives(server, 9));
    expect(await status(server)).toBe('ready');
  });

  test('that is away at the start is served from the copy that was kept', { timeout: 60_000 }, async () => {
    shown = { status: 503, body: new Uint8Array(0) };
    const server = await serve(address, '--follow', '0.1');
    expect(await gives(server, 9)).toBe(true);
    await until(async () => (await status(server)) === 'stale');
    shown = sum(5);
    await until(() => gives(server, 6));
  });

  test('a download that breaks off is told, and nothing of it is kept', async () => {
    shown = { ...sum(2), cut: true };
    await expect(refused(`${address}?other`)).rejects.toThrow(/error\[CORRUPT_FILE\].*broke off/s);
  });

  test('a wrong digest is told', async () => {
    shown = sum(2);
    await expect(refused(`${address}#sha256=${'0'.repeat(64)}`)).rejects.toThrow(/error\[CORRUPT_FILE\].*SHA-256/s);
  });
});

test('a package folder of a volume is followed', { timeout: 60_000 }, async () => {
  const path = join(folder, 'mounted');
  await writePackageFolder(samplePackage(1).files, path);
  const server = await serve(path, '--follow', '0.1');
  expect(JSON.parse(await answer(server, { x: 1 }))).toEqual({ prediction: 2 });
  await writePackageFolder(samplePackage(2).files, path);
  await until(async () => (await answer(server, { x: 1 })).includes('3'));
});

test.for([
  { words: ['churn', '--follow', '5'], says: 'is for files and addresses' },
  { words: [import.meta.dirname, '--follow', '0.01'], says: 'at least 0.1' },
])('$words is wrong usage', async ({ words, says }) => {
  await expect(refused(...words)).rejects.toThrow(says);
});
