import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { answerDifference, testVectors } from '../../packages/slipway/src/delivery/test-vectors.ts';
import { makePackage } from '../../packages/slipway/src/intake/index.ts';
import { startChromium } from './chromium.ts';
import { faintTexts, unnamedControls } from './page-checks.ts';
import { run } from './run.ts';
import { serveFolder } from './static-host.ts';

const root = join(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-browser-'));
const folder = join(home, 'page');
const file = join(root, 'examples/churn/model.joblib');
let browser: Browser;
let host: Awaited<ReturnType<typeof serveFolder>>;
let context: BrowserContext | undefined;

beforeAll(async () => {
  await build('Who will leave?');
  [browser, host] = await Promise.all([startChromium(), serveFolder(folder)]);
}, 300_000);
afterEach(async () => {
  await context?.close();
  await build('Who will leave?');
});
afterAll(async () => {
  await browser?.close();
  await host?.close();
  rmSync(home, { recursive: true, force: true });
});

async function build(title: string): Promise<void> {
  const slipway = join(root, 'packages/slipway/bin/slipway.mjs');
  const words = ['build', file, '--name', 'churn', '--target', 'browser', '--title', title, '--out', folder];
  await run(process.execPath, [slipway, ...words, '--force', '--home', home]);
}

/** Opens the page; errors of it are collected and must be none at the end. */
async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<{ page: Page; wrong: string[] }> {
  context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await page.goto(host.url);
  await page.locator('#state', { hasText: 'ready' }).waitFor();
  return { page, wrong };
}

test('answers every golden with the network off, after one visit', async () => {
  const { page, wrong } = await open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context!.setOffline(true);
  await page.reload();
  await page.locator('#state', { hasText: 'ready' }).waitFor();
  const { pkg } = await makePackage(file, { home, cache: true });
  const vectors = testVectors(pkg);
  const rows = JSON.stringify(vectors.map(({ row }) => row));
  // As text: the test runner would rewrite an import.
  const answers = await page.evaluate<unknown[]>(
    `import('./predict.mjs').then(({ predict }) => predict(${rows}, { extra: 'ignore' }))`,
  );
  const different = vectors.map(({ answer, tolerance }, i) => answerDifference(answer, answers[i], tolerance));
  expect(different.filter(Boolean)).toEqual([]);
  expect(wrong).toEqual([]);
});

test('a person fills in the form: an answer, or what is wrong beside the field', async () => {
  const { page, wrong } = await open();
  await page.getByRole('button', { name: 'Fill with an example' }).click();
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#answer [data-prediction]').waitFor();
  expect(await page.locator('#answer .bars li').count()).toBe(2);
  await page.locator('[data-column="tenure_months"]').fill('1e400');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#answer .problem').waitFor();
  expect(await page.locator('.error').allTextContents()).toContainEqual(expect.stringContaining('expected'));
  expect(wrong).toEqual([]);
});

test('a new version: the old one stays until the new one is there, then the visitor chooses', async () => {
  const { page } = await open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.locator('#state', { hasText: 'ready' }).waitFor();
  await build('Who will stay?');
  await page.reload();
  expect(await page.title()).toBe('Who will leave?');
  await page.locator('#newer').waitFor();
  await page.getByRole('button', { name: 'Load it' }).click();
  await page.waitForFunction(() => document.title === 'Who will stay?');
});

test('half of a new version changes nothing for those who have the old one', async () => {
  const { page } = await open();
  await page.evaluate(() => navigator.serviceWorker.ready);
  await build('Who will stay?');
  rmSync(join(folder, 'model.bin'));
  await page.reload();
  await page.reload();
  await page.locator('#state', { hasText: 'ready' }).waitFor();
  expect(await page.title()).toBe('Who will leave?');
});

test('a changed model is not answered by', async () => {
  const copy = join(home, 'changed');
  cpSync(folder, copy, { recursive: true });
  const path = join(copy, 'model.json');
  const changed = readFileSync(path, 'utf8').replace(/("prediction":\s*)"\w+"/, '$1"other"');
  writeFileSync(path, changed);
  await using other = { ...(await serveFolder(copy)), [Symbol.asyncDispose]: async () => {} };
  context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(other.url);
  await page.locator('#answer .problem').waitFor();
  expect(await page.locator('#answer .problem').textContent()).toContain('golden 1 on this host');
  await context.close();
  await other.close();
});

test.for([
  { width: 1280, scheme: 'light' as const },
  { width: 390, scheme: 'dark' as const },
])('is readable and named at $width px, $scheme', async ({ width, scheme }) => {
  const { page, wrong } = await open({ viewport: { width, height: 900 }, colorScheme: scheme });
  await page.getByRole('button', { name: 'Fill with an example' }).click();
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('#answer [data-prediction]').waitFor();
  expect(await page.evaluate(unnamedControls)).toEqual([]);
  expect(await page.evaluate(faintTexts)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  if (process.env['SCREENSHOTS'])
    await page.screenshot({ path: join(process.env['SCREENSHOTS'], `delivery-${width}.png`) });
  expect(wrong).toEqual([]);
});

test('the runtime is small', () => {
  const parts = [
    'slipway-edge.mjs',
    'predict.mjs',
    'app.mjs',
    'index.html',
    'page.css',
    'row-form.js',
    'answer.js',
    'sw.js',
  ];
  const bytes = parts.map((name) => gzipSync(readFileSync(join(folder, name))).length).reduce((a, b) => a + b);
  expect(bytes).toBeLessThan(60_000);
});
