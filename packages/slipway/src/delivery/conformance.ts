import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { apply, type ApplyOptions } from './apply.ts';
import type { GivenOptions } from './options.ts';
import type { DeliveredModel, DeliveryTarget } from './target.ts';

const root = resolve(import.meta.dirname, '../../../..');

/** What every target is asked. `options` are those it cannot do without. */
export function testTarget(target: DeliveryTarget, model: DeliveredModel, options: GivenOptions = {}): void {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-delivery-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const settings = (out: string): ApplyOptions => ({
    target: target.id,
    model,
    out: join(folder, out),
    temporary: join(folder, 'temporary'),
    cache: join(folder, 'cache'),
    force: false,
    deploy: false,
    environment: {},
    signal: new AbortController().signal,
    say: () => {},
  });

  describe(`target ${target.id}`, () => {
    test('is told in one line each', () => {
      expect(target.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(target.summary.length).toBeLessThan(110);
      expect(target.summary).not.toMatch(/\.$|\n/);
      for (const [name, { help }] of Object.entries(target.options)) {
        expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
        expect(help).toMatch(/^[A-Z0-9].*\.$/);
      }
    });

    test('has a page in docs/how-to/deliver/ that names its command', () => {
      const page = readFileSync(join(root, `docs/how-to/deliver/${target.id}.md`), 'utf8');
      expect(page).toContain(`--target ${target.id}`);
    });

    test('plans the same for the same', async () => {
      const [one, other] = [await target.plan(model, options), await target.plan(model, options)];
      expect(comparable(one)).toEqual(comparable(other));
    });

    test('its plan is there to be read: titles, notes, and no step that is no step', async () => {
      const { steps, notes, files, executables = [] } = await target.plan(model, options);
      for (const step of steps) expect(step.title).toMatch(/^[a-z].*[^.]$/);
      for (const note of notes) expect(note).toMatch(/\.$/);
      for (const path of executables) expect(Object.keys(files)).toContain(path);
    });

    test('names no machine and no secret', async () => {
      const { files } = await target.plan(model, options);
      for (const file of Object.values(files))
        if (typeof file === 'string')
          expect(file).not.toMatch(/\/(?:home|root)\/|AKIA[A-Z0-9]{16}|BEGIN [A-Z ]*PRIVATE/);
    });

    test('refuses an unknown option by name', async () => {
      await expect(target.plan(model, { ...options, 'no-such-option': 'x' })).rejects.toMatchObject({ code: 'USAGE' });
    });

    test('writes the same bytes twice, and replaces only what is its own', async () => {
      const plan = await target.plan(model, options);
      await apply(plan, settings('one'));
      await apply(plan, settings('two'));
      const one = readTree(join(folder, 'one'));
      expect(one.size).toBeGreaterThan(1);
      expect(readTree(join(folder, 'two'))).toEqual(one);
      await apply(plan, settings('two'));
      const [changed = ''] = Object.keys(plan.files);
      if (changed !== '') {
        writeFileSync(join(folder, 'two', changed), 'changed by hand');
        await expect(apply(plan, settings('two'))).rejects.toMatchObject({ code: 'CONFLICT' });
      }
      await apply(plan, { ...settings('two'), force: true });
      expect(readTree(join(folder, 'two'))).toEqual(one);
      expect(readdirSync(folder).filter((name) => name.includes('~'))).toEqual([]);
    });
  });
}

/** A plan as plain data. */
function comparable(plan: Awaited<ReturnType<DeliveryTarget['plan']>>): unknown {
  const steps = plan.steps.map(({ title, when, details, ...rest }) => ({
    title,
    when,
    details,
    run: 'run' in rest ? rest.run : undefined,
  }));
  return { ...plan, steps };
}

function readTree(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return new Map(names.map((name) => [name.slice(folder.length + 1), readFileSync(name, 'base64')]));
}
