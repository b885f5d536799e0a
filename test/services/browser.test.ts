import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startChromium } from './chromium.ts';
import { faintTexts, unnamedControls } from './page-checks.ts';
import { startSlipway, type SlipwayProcess } from './server.ts';

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'slipway-browser-'));
const [row] = JSON.parse(readFileSync(join(root, 'examples/churn/rows.json'), 'utf8')) as [
  Record<string, string | number | boolean | null>,
];
const [answerLine = ''] = readFileSync(join(root, 'examples/churn/answers.jsonl'), 'utf8').split('\n');
const answer = JSON.parse(answerLine) as { prediction: string; probabilities: Record<string, number> };

let slipway: SlipwayProcess;
let browser: Browser;
beforeAll(async () => {
  [browser, slipway] = await Promise.all([startChromium(), startSlipway(['up', '--home', home])]);
}, 300_000);
afterAll(async () => {
  await browser?.close();
  expect(await slipway?.stop()).toBe(0);
  rmSync(home, { recursive: true, force: true });
});

interface View {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly path?: string;
}

/** Opens a page and fails when anything in it fails. */
async function open({ width = 1280, scheme = 'light', path = '/' }: View = {}): Promise<Page> {
  const page = await browser.newPage({
    viewport: { width, height: 800 },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => expect.unreachable(error.message));
  page.on('request', (request) => expect(request.url().startsWith(slipway.url), request.url()).toBe(true));
  await page.goto(slipway.url + path);
  return page;
}

/** Types a row into the form, as a person would. */
async function fill(page: Page): Promise<void> {
  for (const [name, value] of Object.entries(row)) {
    const control = page.locator(`[data-column=${JSON.stringify(name)}]`);
    const kind = await control.getAttribute('data-kind');
    if (kind === 'number') await control.fill(value === null ? '' : String(value));
    else if (kind === 'choice') await control.selectOption(value === null ? { index: 0 } : { label: String(value) });
    else if (kind === 'boolean')
      await control.locator(`input[value="${value === null ? '' : String(value)}"]`).check({ force: true });
    else await control.fill(value === null ? '' : String(value));
  }
}

test('a row of the form is answered with label and probabilities as bars; the README shows it', async () => {
  const page = await open();
  await fill(page);
  await page.getByRole('button', { name: 'Predict' }).click();
  expect(await page.locator('.prediction strong').textContent()).toBe(answer.prediction);
  const bars = await page
    .getByRole('meter')
    .evaluateAll((found) =>
      found.map((bar) => [
        bar.getAttribute('aria-label'),
        Number(bar.getAttribute('aria-valuenow')),
        (bar.firstElementChild as HTMLElement).offsetWidth / (bar as HTMLElement).offsetWidth,
      ]),
    );
  expect(bars.map(([label]) => label)).toEqual(Object.keys(answer.probabilities));
  for (const [label, value, share] of bars as [string, number, number][]) {
    expect(value).toBeCloseTo(answer.probabilities[label] ?? NaN, 9);
    expect(share).toBeCloseTo(value, 1);
  }
  await page.screenshot({ path: join(root, 'docs/images/first-page.png'), fullPage: true });
  expect(JSON.parse((await page.locator('#json-text').textContent()) ?? '')).toEqual(answer);
  expect(await page.locator('#curl').textContent()).toContain(`curl -s ${slipway.url}/predict/churn`);
  await page.close();
});

test('the example fills the form', async () => {
  const page = await open();
  await page.getByRole('button', { name: 'Fill with an example' }).click();
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('.bars').waitFor();
  expect(await page.locator('.problem').count()).toBe(0);
  await page.close();
});

test('what is wrong stands beside its field, and the keyboard is led there', async () => {
  const page = await open();
  await fill(page);
  const number = page.locator('[data-kind="number"]').first();
  await number.fill('1e999');
  await page.getByRole('button', { name: 'Predict' }).click();
  await page.locator('.problem').waitFor();
  expect(await number.getAttribute('aria-invalid')).toBe('true');
  expect(await number.evaluate((field) => field === document.activeElement)).toBe(true);
  const described = ((await number.getAttribute('aria-describedby')) ?? '').split(' ').at(-1);
  expect(await page.locator(`#${described}`).textContent()).toContain('expected');
  await page.getByRole('button', { name: 'Clear' }).click();
  expect(await page.locator('[aria-invalid]').count()).toBe(0);
  await page.close();
});

test.for<View>([
  { width: 1280, scheme: 'light' },
  { width: 1280, scheme: 'dark' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
])('$width px, $scheme: nothing is cut off, everything is named and readable', async (view) => {
  for (const path of ['/', '/docs']) {
    const page = await open({ ...view, path });
    if (path === '/') {
      await page.getByRole('button', { name: 'Fill with an example' }).click();
      await page.getByRole('button', { name: 'Predict' }).click();
      await page.locator('.bars').waitFor();
    } else await page.locator('.operation').waitFor();
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      'scrolls sideways',
    ).toBe(0);
    expect(await page.evaluate(unnamedControls)).toEqual([]);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    expect(
      await page.evaluate(() => [
        document.documentElement.lang,
        document.querySelectorAll('h1').length,
        document.querySelectorAll('main').length,
      ]),
    ).toEqual(['en', 1, 1]);
    await page.close();
  }
});

test('every route of the documentation can be tried', async () => {
  const page = await open({ path: '/docs' });
  await page.locator('.operation').first().getByRole('button', { name: 'Send' }).click();
  await page.getByRole('heading', { name: /^200 OK/ }).waitFor();
  expect(await page.locator('.operation').first().locator('pre').textContent()).toContain('"prediction"');
  await page.close();
});
