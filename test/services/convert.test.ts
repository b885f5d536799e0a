import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { catalogue, SlipwayError } from '@slipway/core/errors';
import { readZip } from '@slipway/core/formats';
import { readPackage } from '@slipway/core/package';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makePackage } from '../../packages/slipway/src/intake/index.ts';
import { nodeInflate, sha256Hex } from '../../packages/slipway/src/stores/index.ts';
import { fixtureNames, hostileFiles, isClose, readFixture, type Golden, type GoldenValue } from '../fixtures.ts';
import { importPath } from '../parity.ts';
import { startChromium } from './chromium.ts';
import { faintTexts, unnamedControls } from './page-checks.ts';
import { startSlipway } from './server.ts';
import { serveFolder } from './static-host.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'slipway-convert-'));
const churn = join(root, 'examples/churn/model.joblib');

let host: Awaited<ReturnType<typeof serveFolder>>;
let browser: Browser;
beforeAll(async () => {
  const site = join(folder, 'site');
  const built = execFileSync(process.execPath, [join(root, 'site/build.ts'), site], { encoding: 'utf8' });
  expect(built).toContain('pages');
  [browser, host] = await Promise.all([startChromium(), serveFolder(site)]);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface View {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly path?: string;
}

/** Opens a page; what goes wrong in it, and what it asks for once it is there, is noted and must be nothing. */
async function openPage({ width = 1280, scheme = 'light', path = 'convert/index.html' }: View = {}) {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  page.setDefaultTimeout(20_000);
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(message.text());
  });
  await page.goto(host.url + path, { waitUntil: 'networkidle' });
  page.on('request', (request) => {
    if (!request.url().startsWith('blob:')) wrong.push(`asked for ${request.url()}`);
  });
  return {
    page,
    async [Symbol.asyncDispose]() {
      await page.close();
      expect(wrong).toEqual([]);
    },
  };
}

/** Drops a file on the page, as the browser tells it. */
async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([file, base64]) => {
      const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([content], file));
      return data;
    },
    [name, Buffer.from(bytes).toString('base64')] as const,
  );
  await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
}

/** Drops a file or chooses a folder, and waits until it is checked or refused. Gives the code of a refusal. */
async function open(page: Page, path: string, name = path.split('/').at(-1) as string): Promise<string | undefined> {
  await page.evaluate(() => document.querySelector('#result')?.replaceChildren());
  if (statSync(path).isDirectory()) await page.locator('#folder').setInputFiles(path);
  else await drop(page, name, readFileSync(path));
  await page.locator('.gate.passed, .unchecked, .refusal').first().waitFor({ timeout: 60_000 });
  const refused = page.locator('.refusal .code');
  return (await refused.count()) ? ((await refused.first().textContent()) ?? '') : undefined;
}

/** Types a row into the form, as a person would, and gives the answer that stands there. */
async function ask(page: Page, row: Golden['rows'][number]): Promise<Record<string, unknown>> {
  const paste = page.locator('#paste');
  if (await paste.count()) await paste.fill(typeof row === 'string' ? row : (row as number[]).join(', '));
  else {
    for (const control of await page.locator('[data-column]').all()) {
      const at = Array.isArray(row) ? 'data-index' : 'data-column';
      const value = (row as Record<string, GoldenValue>)[(await control.getAttribute(at)) ?? ''] ?? null;
      const kind = await control.getAttribute('data-kind');
      if (kind === 'choice') await choose(page, await control.getAttribute('id'), value);
      else if (kind === 'boolean')
        await control.locator(`input[value="${value === null ? '' : String(value)}"]`).check({ force: true });
      else await control.fill(value === null ? '' : String(typeof value === 'boolean' ? Number(value) : value));
    }
  }
  await page.locator('#answer').evaluate((answer) => answer.replaceChildren());
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#answer > *').first().waitFor();
  expect(await page.locator('#answer .problem').allTextContents()).toEqual([]);
  return JSON.parse((await page.locator('#json-text').textContent()) ?? '') as Record<string, unknown>;
}

async function choose(page: Page, id: string | null, value: GoldenValue): Promise<void> {
  const control = page.locator(`[id="${id}"]`);
  const options = await control
    .locator('option')
    .evaluateAll((all) => all.map((one) => one.getAttribute('data-value')));
  const at = options.indexOf(JSON.stringify(value));
  if (at >= 0 || value === null) return void (await control.selectOption({ index: Math.max(0, at) }));
  await control.selectOption({ value: 'other' });
  await page.locator(`[id="${id}-other"]`).fill(String(value));
}

const isNear = (got: unknown, expected: GoldenValue, tolerance: Golden['tolerance']) =>
  typeof expected === 'number' ? isClose(Number(got), expected, tolerance) : got === expected;

/** What differs from the original's answer to a row. */
function differences(answer: Record<string, unknown>, { outputs, tolerance }: Golden, row: number): unknown[] {
  const of = (...names: string[]) => names.map((name) => outputs[name]?.[row]).find((value) => value !== undefined);
  const label = of('predict', 'output_label');
  const chances = of('predict_proba', 'output_probability') ?? (Array.isArray(label) ? label : undefined);
  const near = tolerance ?? { rtol: 1e-9, atol: 1e-12 };
  const wrong: unknown[] = [];
  if (!Array.isArray(label) && label !== undefined && !isNear(answer['prediction'], label, near))
    wrong.push([answer['prediction'], label]);
  if (chances !== undefined) {
    const got = Object.values(Object(answer['probabilities']) as object);
    const expected = Object.values(Object(chances) as object) as GoldenValue[];
    if (got.length !== expected.length || !expected.every((value, i) => isNear(got[i], value, near)))
      wrong.push([got, expected]);
  }
  return wrong;
}

test.for([
  'sk19-churn-gridsearch-rf',
  'sk12-iris-logreg-pickle2',
  'sk15-reviews-tfidf-logreg',
  'sk19-digits-mlp',
  'sk15-taxi-fare-rf',
  'xgb3-iris-softprob-json',
  'xgb3-diabetes-reg-ubj',
  'lgb47-taxi-txt',
  'cat12-churn-cbm',
  'cat12-iris-onnx',
  'sk15-digits-pca-knn',
  'mlflow3-taxi-sklearn-skops',
])('%s: rows of the form are answered as by the original library', async (name) => {
  const { golden, path } = readFixture(name);
  await using opened = await openPage();
  const { page } = opened;
  expect(await open(page, path)).toBeUndefined();
  for (const row of [0, 1, 2]) {
    const answer = await ask(page, golden.rows[row] as Golden['rows'][number]);
    expect(differences(answer, golden, row)).toEqual([]);
  }
});

test('a joblib file that zlib compressed, and a skops file', async () => {
  await using opened = await openPage();
  for (const name of ['sk15-taxi-fare-rf', 'mlflow3-taxi-sklearn-skops']) {
    const { path } = readFixture(name);
    const file = statSync(path).isDirectory() ? join(path, 'model.skops') : path;
    expect(await open(opened.page, file)).toBeUndefined();
  }
});

test('every model of the fixtures ends as it does on Node', { timeout: 400_000 }, async () => {
  await using opened = await openPage();
  const outcomes: [string, string | undefined][] = [];
  const expected: [string, string | undefined][] = [];
  for (const name of fixtureNames()) {
    const { path } = readFixture(name);
    outcomes.push([name, await open(opened.page, path)]);
    expected.push([name, codeOnNode(path)]);
  }
  expect(outcomes).toEqual(expected);
});

function codeOnNode(path: string): string | undefined {
  try {
    importPath(path);
    return undefined;
  } catch (error) {
    return error instanceof SlipwayError ? error.code : 'a bug';
  }
}

describe('hostile files', () => {
  test('a pickle that would run a command is refused by name', async () => {
    await using opened = await openPage();
    const { page } = opened;
    const file = join(root, 'fixtures/hostile/reduce-os-system-p0.pkl');
    expect(await open(page, file)).toBe('UNSAFE_FILE');
    expect(await page.getByRole('alert').textContent()).toContain('os.system');
    expect(await page.locator('.refusal .advice').textContent()).toBe(catalogue.UNSAFE_FILE.hint);
    expect(await page.locator('.dangers li').allTextContents()).toEqual(['os.system']);
    expect(await page.locator('#row, .take').count()).toBe(0);
  });

  test('all of them end with a code or an answer, and leave the page alive', { timeout: 400_000 }, async () => {
    await using opened = await openPage();
    const odd: unknown[] = [];
    for (const { file, path } of hostileFiles()) {
      const code = await open(opened.page, path);
      if (code !== undefined && (!Object.hasOwn(catalogue, code) || code === 'INTERNAL')) odd.push([file, code]);
    }
    expect(odd).toEqual([]);
    expect(await open(opened.page, churn)).toBeUndefined();
  });

  test('60 MB of noise are refused with a code', async () => {
    await using opened = await openPage();
    const file = join(folder, 'noise.pkl');
    const noise = new Uint32Array(15 * 2 ** 20);
    let state = 1;
    for (let i = 0; i < noise.length; i++) noise[i] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    writeFileSync(file, new Uint8Array(noise.buffer));
    await opened.page.locator('#file').setInputFiles(file);
    await opened.page.locator('.refusal').waitFor({ timeout: 60_000 });
    expect(await opened.page.locator('.refusal .code').textContent()).toBe('UNKNOWN_FORMAT');
  });

  test('a file beyond the limit is refused before it is read', async () => {
    await using opened = await openPage();
    const { page } = opened;
    await page.evaluate(() => {
      const data = new DataTransfer();
      const piece = new Uint8Array(2 ** 26);
      data.items.add(new File([piece, piece, piece, piece, '!'], 'large.pkl'));
      document.querySelector('#drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    });
    await page.locator('.refusal').waitFor();
    expect(await page.locator('.refusal').textContent()).toMatch(/LIMIT_EXCEEDED.*256 MiB.*command line/);
  });
});

describe('a file that takes long', () => {
  /** Hashing this takes a second or more. */
  const dropLarge = (page: Page) =>
    page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(
        new File(
          Array.from({ length: 3 }, () => new Uint8Array(2 ** 26)),
          'large.pkl',
        ),
      );
      document.querySelector('#drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
    });

  test('is cancelled at once, and the next one works', async () => {
    await using opened = await openPage();
    const { page } = opened;
    await dropLarge(page);
    expect(await page.locator('#stage').textContent()).toMatch(/…$/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.locator('#result').textContent()).toBe('Cancelled.');
    // Chromium gives a busy worker two seconds to end by itself.
    await expect.poll(() => page.workers().length, { timeout: 15_000 }).toBe(0);
    expect(await open(page, churn)).toBeUndefined();
  });

  test('is ended after a minute', async () => {
    await using opened = await openPage();
    const { page } = opened;
    await page.clock.install();
    await dropLarge(page);
    await page.clock.fastForward(61_000);
    await page.locator('.refusal').waitFor();
    expect(await page.locator('.refusal').textContent()).toMatch(/LIMIT_EXCEEDED.*the time exceeds the limit of 60 s/);
    await expect.poll(() => page.workers().length, { timeout: 15_000 }).toBe(0);
  });
});

test('a bundle of two models asks which of them is meant', async () => {
  await using opened = await openPage();
  const { page } = opened;
  const { golden, path } = readFixture('sk12-iris-logreg-pickle2');
  const body = readFileSync(path).subarray(2, -1);
  // {'old': model, 'new': model} of protocol 2, whose memo may be written again.
  const bundle = join(folder, 'two-models.pkl');
  writeFileSync(bundle, Buffer.concat(['\x80\x02(U\x03old', body, 'U\x03new', body, 'd.'].map(toBytes)));
  expect(await open(page, bundle)).toBe(codeOnNode(bundle));
  await page.getByLabel('The model in it').fill('new');
  await page.getByRole('button', { name: 'Convert' }).click();
  await page.locator('.gate.passed').waitFor();
  expect(differences(await ask(page, golden.rows[0] as Golden['rows'][number]), golden, 0)).toEqual([]);
});

const toBytes = (part: string | Uint8Array) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part);

describe('what can be taken along', () => {
  async function take(page: Page, product: string): Promise<Uint8Array> {
    const started = page.waitForEvent('download');
    await page.locator(`[data-product="${product}"]`).click();
    const download: Download = await started;
    return readFileSync(await download.path());
  }

  test.for([
    { name: 'churn', path: churn, isSame: false },
    { name: 'a forest', path: readFixture('sk15-taxi-fare-rf').path, isSame: true },
  ])('$name: the package verifies, and is what the command line makes', async ({ path, isSame }) => {
    await using opened = await openPage();
    expect(await open(opened.page, path)).toBeUndefined();
    const { entries } = readZip(await take(opened.page, 'package'), nodeInflate);
    const files = new Map([...entries].map(([name, entry]) => [name, entry.read()]));
    const pkg = readPackage(files, sha256Hex);
    expect(pkg.manifest.goldens).toMatchObject({ kind: 'cross-checked' });
    const { pkg: ours } = await makePackage(path, { home: join(folder, 'home') });
    const other = [...ours.files].filter(
      ([name, bytes]) => sha256Hex(files.get(name) as Uint8Array) !== sha256Hex(bytes),
    );
    // Two JavaScript engines differ in the last bit of exp, so the answers to replay may; their own tolerance allows it.
    if (isSame) expect(pkg.digest).toBe(ours.digest);
    else expect(['slipway.json', 'goldens.jsonl']).toEqual(expect.arrayContaining(other.map(([name]) => name)));
    const graph = await take(opened.page, 'onnx');
    expect(sha256Hex(graph)).toBe(sha256Hex(files.get('model.onnx') as Uint8Array));
  });

  test('the JavaScript answers on Node without generating code', async () => {
    await using opened = await openPage();
    expect(await open(opened.page, churn)).toBeUndefined();
    const target = join(folder, 'module');
    for (const [name, entry] of readZip(await take(opened.page, 'module'), nodeInflate).entries) {
      mkdirSync(dirname(join(target, name)), { recursive: true });
      writeFileSync(join(target, name), entry.read());
    }
    const args = ['--disallow-code-generation-from-strings', join(target, 'example.mjs')];
    const answer = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as unknown;
    expect(answer).toEqual(JSON.parse((await opened.page.locator('#json-text').textContent()) ?? ''));
  });
});

test('neither the page nor its worker can connect to anything', async () => {
  const page = await browser.newPage();
  await page.goto(`${host.url}convert/index.html`);
  await page.getByRole('button', { name: 'A churn pipeline' }).click();
  await page.locator('.gate.passed').waitFor();
  const connect = async (url: string) => {
    const outcome = (attempt: () => unknown) =>
      Promise.resolve()
        .then(attempt)
        .then(
          () => 'went out',
          () => 'refused',
        );
    return [
      await outcome(() => fetch(url)),
      await outcome(
        () =>
          new Promise((done, refused) => {
            const socket = new WebSocket(url.replace('http', 'ws'));
            socket.addEventListener('open', done);
            socket.addEventListener('error', refused);
          }),
      ),
    ];
  };
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  expect(await page.evaluate(connect, host.url)).toEqual(['refused', 'refused']);
  expect(await page.workers()[0]?.evaluate(connect, host.url)).toEqual(['refused', 'refused']);
  expect(asked.filter((url) => !url.startsWith('blob:'))).toEqual([]);
  await page.close();
});

test('our own server has the page, under the same address as its API', async () => {
  execFileSync(process.execPath, [join(root, 'site/build.ts')]);
  const slipway = await startSlipway(['up', '--home', join(folder, 'served')]);
  const page = await browser.newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await page.goto(slipway.url);
  await page.getByRole('link', { name: 'Convert' }).click();
  await page.getByRole('button', { name: 'A churn pipeline' }).click();
  await page.locator('.gate.passed').waitFor();
  await page.getByRole('link', { name: 'Docs', exact: true }).click();
  expect(await page.locator('h1').textContent()).toBe('Documentation');
  const response = await fetch(`${slipway.url}/ui/site/convert/index.html`);
  expect(response.headers.get('content-security-policy')).toBe("frame-ancestors 'none'");
  for (const path of ['..%2f..%2fpackage.json', 'convert', 'convert/..%2f..%2f..%2fpackage.json', '%00.html'])
    expect((await fetch(`${slipway.url}/ui/site/${path}`)).status, path).toBe(404);
  await page.close();
  expect(await slipway.stop()).toBe(0);
  expect(wrong).toEqual([]);
});

test('wrong values stand beside their fields', async () => {
  await using opened = await openPage();
  const { page } = opened;
  await open(page, churn);
  await page.locator('[data-column="age"]').fill('1e999');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('.problem').waitFor();
  expect(await page.locator('[data-column="age"]').getAttribute('aria-invalid')).toBe('true');
});

test('the keyboard is enough', async () => {
  await using opened = await openPage();
  const { page } = opened;
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
  for (let presses = 0; presses < 20 && (await focused()) !== 'A churn pipeline'; presses++)
    await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.gate.passed').waitFor();
  expect(await focused()).toBe('churn.joblib');
});

test.for<View>([
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
])('$width px, $scheme: nothing is cut off, everything is named and readable', async (view) => {
  const check = async (page: Page, what: string) => {
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways, `${what} scrolls sideways`).toBe(0);
    expect(await page.evaluate(unnamedControls), what).toEqual([]);
    expect(await page.evaluate(faintTexts), what).toEqual([]);
    expect(await page.locator('h1').count(), what).toBe(1);
    expect(await page.locator('main').count(), what).toBe(1);
  };
  for (const path of ['index.html', 'tutorial.html', 'how-to/convert-in-the-browser.html', 'reference/support.html']) {
    await using opened = await openPage({ ...view, path });
    await check(opened.page, path);
  }
  await using opened = await openPage(view);
  const { page } = opened;
  await check(page, 'before a file');
  await page.getByRole('button', { name: 'A hostile pickle' }).click();
  await page.locator('.refusal').waitFor();
  await check(page, 'a refusal');
  await page.getByRole('button', { name: 'A churn pipeline' }).click();
  await page.locator('.gate.passed').waitFor();
  await check(page, 'a model');
  if (view.width === 1280 && view.scheme === 'light') {
    await page.setViewportSize({ width: 1280, height: 1130 });
    await page.screenshot({ path: join(root, 'docs/images/convert.png') });
  }
});
