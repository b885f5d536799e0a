import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileFiles, readFixture } from '../../../../test/fixtures.ts';
import { verbs } from './verbs.ts';

const bin = resolve(import.meta.dirname, '../../bin/slipway.mjs');
const churn = readFixture('sk10-churn-gbc-py39');
const folder = mkdtempSync(join(tmpdir(), 'slipway-cli-'));
const home = join(folder, 'home');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real command line in an environment of its own. */
async function slipway(
  words: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const child = start(words, options.env);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}

function start(words: readonly string[], env: Record<string, string> = {}) {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, [bin, ...words], {
    cwd: folder,
    env: {
      PATH,
      HOME: folder,
      SLIPWAY_HOME: home,
      NODE_COMPILE_CACHE: join(tmpdir(), 'slipway-compile-cache'),
      ...env,
    },
  });
}

type Row = Readonly<Record<string, string | number | boolean | null>>;
const rows = churn.golden.rows as readonly Row[];
const expected = churn.golden.outputs['predict_proba'] as readonly (readonly number[])[];
const jsonl = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const columns = Object.keys(rows[0] ?? {});
const cells = (row: Row) => columns.map((name) => (row[name] === null ? '' : String(row[name]))).join(',');
const csv = `${[columns.join(','), ...rows.map(cells)].join('\n')}\n`;

describe('help and usage', () => {
  test('--help lists every verb, and each has a help that teaches', async () => {
    const { code, out, err } = await slipway(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const name of Object.keys(verbs.load)) expect(out).toContain(`  ${name} `);
    for (const [name, load] of Object.entries(verbs.load)) {
      const command = await load();
      expect(command.name).toBe(name);
      expect(out).toContain(command.summary);
      expect(command.examples.length, name).toBeGreaterThan(0);
      for (const { run } of command.examples) expect(run, name).toContain('slipway');
    }
  });

  test('the help of a verb has usage, flags with their variables, and examples', async () => {
    const { code, out } = await slipway(['predict', '--help']);
    expect(code).toBe(0);
    for (const part of [
      'Usage: slipway predict MODEL [flags]',
      '--on-error WHAT',
      '[SLIPWAY_ON_ERROR]',
      'Examples:',
      '--json',
    ]) {
      expect(out).toContain(part);
    }
    expect((await slipway(['help', 'predict'])).out).toBe(out);
  });

  test.for<[string[], string, string]>([
    [[], '', 'Usage: slipway COMMAND'],
    [['imprt', 'x'], 'USAGE', 'did you mean import?'],
    [['predict', '--inptu', 'x'], 'USAGE', 'did you mean --input?'],
    [['predict'], 'USAGE', 'MODEL is missing'],
    [['predict', 'x', '--runtime', 'fast'], 'USAGE', 'must be compiled or onnx'],
    [['alias', 'churn', 'champion'], 'USAGE', 'VERSION is missing'],
    [['alias', 'churn', '7', '1'], 'USAGE', 'cannot be an alias'],
    [['import', 'x.pkl', '--name', 'a b'], 'USAGE', 'cannot be the name of a model'],
    [['serve'], 'USAGE', 'MODEL is missing'],
    [['keys', 'create'], 'USAGE', 'NAME is missing'],
    [['keys', 'make'], 'USAGE', '"make" is no action'],
    [['pipeline'], 'USAGE', 'not part of this version yet'],
    [['batch', 'run'], 'USAGE', 'MODEL is missing'],
    [['batch', 'nothing'], 'USAGE', 'is no action'],
    [['deploy'], 'USAGE', 'MODEL is missing'],
    [['serve', 'x', '--port', '99999'], 'USAGE', 'a port from 0 to 65535'],
  ])('%j is wrong usage', async ([words, code, text]) => {
    const result = await slipway(words);
    expect(result.code).toBe(2);
    expect(result.out).toBe('');
    expect(result.err).toContain(text);
    if (code) expect(result.err).toMatch(new RegExp(`^error\\[${code}\\]: .+\nhint: .+\n$`, 's'));
  });
});

describe('errors', () => {
  test.for<[string[], string]>([
    [['inspect', 'nothing.pkl'], 'FILE_NOT_FOUND'],
    [['import', 'nothing.pkl'], 'FILE_NOT_FOUND'],
    [['predict', 'nothing.pkl', '--input', 'rows.csv'], 'FILE_NOT_FOUND'],
    [['versions', 'nothing'], 'MODEL_NOT_FOUND'],
    [['serve', 'nothing'], 'MODEL_NOT_FOUND'],
    [['alias', 'nothing', 'champion', '1'], 'MODEL_NOT_FOUND'],
  ])('%j fails with %s', async ([words, code]) => {
    const plain = await slipway(words);
    expect({ code: plain.code, out: plain.out }).toEqual({ code: 1, out: '' });
    expect(plain.err).toMatch(new RegExp(`^error\\[${code}\\]: .+\nhint: .+\n$`, 's'));
    const json = await slipway([...words, '--json']);
    expect({ code: json.code, err: json.err }).toEqual({ code: 1, err: '' });
    expect(JSON.parse(json.out)).toMatchObject({ type: `urn:slipway:error:${code}`, code, status: 404 });
  });

  test('a stack is shown on request only', async () => {
    expect((await slipway(['versions', 'nothing'])).err).not.toContain('    at ');
    expect((await slipway(['versions', 'nothing'], { env: { SLIPWAY_DEBUG: '1' } })).err).toContain('    at ');
  });

  test('a home that cannot be written is told with what to do', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, err } = await slipway(['models', '--home', join(folder, 'a-file')]);
    expect(code).toBe(1);
    expect(err).toMatch(/^error\[/);
    expect(err).toContain('hint:');
    expect(err).not.toContain('bug');
  });
});

describe('inspect', () => {
  test('shows steps, columns, classes, hosts and how to bring original answers', async () => {
    const { code, out, err } = await slipway(['inspect', churn.path, '--home', join(folder, 'untouched')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    for (const part of [
      'scikit-learn 1.0.2',
      'GradientBoostingClassifier',
      'StandardScaler',
      'tenure_months',
      '"Month-to-month", "One year", "Two year"',
      'Classes   "No", "Yes"',
      'MLflow, Spark, Databricks',
      'from slipway_save import save',
      'save(model, X_sample, "model.zip")',
    ]) {
      expect(out).toContain(part);
    }
    expect(existsSync(join(folder, 'untouched'))).toBe(false);
  });

  test('--json is one document', async () => {
    const { code, out } = await slipway(['inspect', churn.path, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).not.toHaveProperty('problem');
    expect(JSON.parse(out)).toMatchObject({
      file: { kind: 'file', name: 'model.joblib' },
      model: {
        library: { name: 'scikit-learn', version: '1.0.2' },
        signature: { task: 'classification', classes: ['No', 'Yes'] },
      },
    });
  });

  test('a hostile file is refused with what was found, and nothing runs', async () => {
    const hostile = hostileFiles().find(({ file }) => file === 'reduce-posix-system-p4.pkl');
    const { code, out, err } = await slipway(['inspect', hostile?.path ?? '']);
    expect(code).toBe(1);
    expect(out).toContain('Dangers');
    expect(out).toContain('posix.system');
    expect(err).toContain('error[UNSAFE_FILE]');
    expect(readdirSync(folder)).not.toContain('PWNED');
  });
});

describe('from file to answers', () => {
  beforeAll(async () => {
    const { code, out, err } = await slipway(['import', churn.path, '--name', 'churn', '--alias', 'champion']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^churn:1\n/);
    expect(out).toContain('sha256:');
    expect(out).toContain('difficult rows');
    expect(out).toContain('slipway serve churn:1');
  });

  test('the same file again is the same version, under any name and from any place', async () => {
    const copy = join(folder, 'other.bin');
    cpSync(churn.path, copy);
    const again = JSON.parse((await slipway(['import', copy, '--name', 'churn', '--json'])).out) as {
      version: number;
      existed: boolean;
      digest: string;
    };
    expect(again).toMatchObject({ version: 1, existed: true });
    const elsewhere = await slipway(['import', churn.path, '--json', '--home', join(folder, 'home2')]);
    expect(JSON.parse(elsewhere.out)).toMatchObject({
      model: 'model',
      version: 1,
      existed: false,
      digest: again.digest,
    });
  });

  test('models, versions and alias list it', async () => {
    expect((await slipway(['models'])).out).toMatch(/^model +newest.*\nchurn +1 +champion/);
    expect(JSON.parse((await slipway(['models', '--json'])).out)).toMatchObject([
      { model: 'churn', version: 1, newest: true },
    ]);
    expect(JSON.parse((await slipway(['versions', 'churn', '--json'])).out)).toMatchObject([
      { version: 1, aliases: ['champion'] },
    ]);
    expect((await slipway(['alias', 'churn', 'prod', '1'])).out).toBe('churn@prod → churn:1\n');
    expect((await slipway(['alias', 'churn', 'prod', 'churn@champion', '--json'])).code).toBe(0);
    expect(JSON.parse((await slipway(['alias', 'churn', '--json'])).out)).toEqual([
      { alias: 'champion', version: 1 },
      { alias: 'prod', version: 1 },
    ]);
    expect((await slipway(['alias', 'churn', 'prod', '--delete'])).code).toBe(0);
    expect(JSON.parse((await slipway(['alias', 'churn', '--history', '--json'])).out)).toHaveLength(3);
  });

  const answersOf = (out: string) =>
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { prediction: string; probabilities: Record<string, number> });
  const isGolden = (out: string) => {
    const answers = answersOf(out);
    expect(answers.map(({ prediction }) => prediction)).toEqual(churn.golden.outputs['predict']);
    answers.forEach(({ probabilities }, i) => {
      expect(probabilities['No']).toBeCloseTo(expected[i]?.[0] as number, 12);
      expect(probabilities['Yes']).toBeCloseTo(expected[i]?.[1] as number, 12);
    });
  };

  test.for(['churn', 'churn:1', 'churn@champion', churn.path])('predict %s answers the goldens', async (model) => {
    const { code, out, err } = await slipway(['predict', model], { input: jsonl });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    isGolden(out);
  });

  test('CSV in gives the same answers, JSON array too, on both runtimes', async () => {
    writeFileSync(join(folder, 'rows.csv'), csv);
    isGolden((await slipway(['predict', 'churn', '--input', 'rows.csv'])).out);
    isGolden((await slipway(['predict', 'churn', '--runtime', 'onnx'], { input: csv })).out);
    isGolden((await slipway(['predict', 'churn', '--runtime', 'compiled'], { input: JSON.stringify(rows) })).out);
  });

  test('CSV out has one line a row', async () => {
    const { code, out } = await slipway(['predict', 'churn', '--output', 'answers.csv'], { input: csv });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const [header, ...lines] = readFileSync(join(folder, 'answers.csv'), 'utf8').trim().split('\n');
    expect(header).toBe('prediction,probabilities.No,probabilities.Yes');
    expect(lines).toHaveLength(rows.length);
    expect(Number(lines[0]?.split(',')[1])).toBeCloseTo(expected[0]?.[0] as number, 12);
  });

  test('no rows are no answers', async () => {
    const header = `${columns.join(',')}\n`;
    const { code, out, err } = await slipway(['predict', 'churn'], { input: header });
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('The input has no rows: its first line names the columns');
    expect((await slipway(['predict', 'churn', '--format', 'json'], { input: '[]' })).out).toBe('[]\n');
    const table = await slipway(['predict', 'churn', '--format', 'csv'], { input: header });
    expect(table.out).toBe('prediction,probabilities.No,probabilities.Yes\n');
  });

  test('a run that is stopped leaves no output file', async () => {
    const child = start(['predict', 'churn', '--input-format', 'jsonl', '--output', 'stopped.jsonl']);
    child.stdin.write(jsonl);
    await expect
      .poll(() => readdirSync(folder).some((name) => name.includes('stopped.jsonl')), { timeout: 5000 })
      .toBe(true);
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(143);
    expect(readdirSync(folder).filter((name) => name.includes('stopped'))).toEqual([]);
  });

  test.for([
    { format: 'jsonl', lines: rows.slice(0, 3).map((row) => JSON.stringify(row)) },
    { format: 'csv', lines: [columns.join(','), ...rows.slice(0, 3).map(cells)] },
  ])('whoever writes a row of $format and waits gets its answer', async ({ format, lines }) => {
    const child = start(['predict', 'churn', '--input-format', format]);
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    const before = format === 'csv' ? 1 : 0;
    for (const [i, line] of lines.entries()) {
      child.stdin.write(`${line}\n`);
      await expect.poll(() => out.split('\n').length - 1, { timeout: 5000, interval: 10 }).toBe(i + 1 - before);
    }
    child.stdin.end();
    expect((await once(child, 'close'))[0]).toBe(0);
  });

  test('one row is one answer, also as a JSON document', async () => {
    const { out } = await slipway(['predict', 'churn'], { input: JSON.stringify(rows[0], null, 2) });
    expect(answersOf(out)).toHaveLength(1);
    const document = await slipway(['predict', 'churn', '--format', 'json'], { input: JSON.stringify(rows[0]) });
    expect(JSON.parse(document.out)).toMatchObject({ prediction: 'No' });
    const list = await slipway(['predict', 'churn', '--format', 'json'], { input: jsonl });
    expect(JSON.parse(list.out)).toHaveLength(rows.length);
  });

  const withBad = [rows[0], { ...rows[1], monthly_charges: 'much' }, rows[2]]
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('');

  test('the first bad row ends it with its number, and leaves no output file', async () => {
    const { code, out, err } = await slipway(['predict', 'churn', '--output', 'bad.jsonl'], { input: withBad });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('error[INVALID_INPUT]');
    expect(err).toContain('line 2');
    expect(err).toContain('monthly_charges');
    expect(readdirSync(folder).filter((name) => name.includes('bad.jsonl'))).toEqual([]);
  });

  test.for([
    withBad,
    JSON.stringify(
      withBad
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ),
  ])('--on-error reject leaves bad rows out and tells them', async (input) => {
    const { code, out, err } = await slipway(
      ['predict', 'churn', '--on-error', 'reject', '--rejects', 'rejects.jsonl'],
      { input },
    );
    expect(code).toBe(0);
    expect(answersOf(out)).toHaveLength(2);
    expect(err).toContain('2 rows answered, 1 rejected');
    const rejects = readFileSync(join(folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
    expect(rejects.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { row: 1, error: expect.stringContaining('much') },
    ]);
  });

  test('an undeclared column of a JSON row is an error that suggests the name; files may have more columns', async () => {
    const typo = { ...rows[0], tenure_month: 3 };
    const refused = await slipway(['predict', 'churn'], { input: JSON.stringify(typo) });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('tenure_month');
    expect((await slipway(['predict', 'churn', '--extra', 'ignore'], { input: JSON.stringify(typo) })).code).toBe(0);
    const file = await slipway(['predict', 'churn', '--input-format', 'jsonl'], { input: `${JSON.stringify(typo)}\n` });
    expect(file.code).toBe(0);
    expect(file.err).toMatch(/^warning: .*tenure_month/);
  });

  test('a reader that goes away early is no error', async () => {
    const child = start(['predict', 'churn', '--input', 'rows.csv']);
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (text: Buffer) => (err += text.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test('a package folder is written, inspected, scored and imported; a changed byte is found', async () => {
    const out = join(folder, 'churn-package');
    const written = JSON.parse((await slipway(['import', churn.path, '--out', out, '--json'])).out) as {
      digest: string;
    };
    expect((await slipway(['inspect', out])).out).toContain('every byte verified');
    isGolden((await slipway(['predict', out], { input: jsonl })).out);
    expect(JSON.parse((await slipway(['import', out, '--name', 'churn', '--json'])).out)).toMatchObject({
      existed: true,
      digest: written.digest,
    });
    const report = join(out, 'report.json');
    writeFileSync(report, readFileSync(report, 'utf8').replace('scikit', 'sciKit'));
    const changed = await slipway(['predict', out], { input: jsonl });
    expect(changed.code).toBe(1);
    expect(changed.err).toContain('error[PACKAGE_CORRUPT]: report.json');
  });

  test('answers of the original are compared; a wrong one fails and registers nothing', async () => {
    const withAnswers = (change: (answer: number) => number) =>
      rows
        .map((row, i) => {
          const [no = 0, yes = 0] = expected[i] ?? [];
          return `${JSON.stringify({ ...row, prediction: churn.golden.outputs['predict']?.[i], probabilities: { No: i === 5 ? change(no) : no, Yes: yes } })}\n`;
        })
        .join('');
    writeFileSync(
      join(folder, 'right.jsonl'),
      withAnswers((answer) => answer),
    );
    writeFileSync(
      join(folder, 'wrong.jsonl'),
      withAnswers((answer) => answer + 1e-6),
    );
    const right = JSON.parse(
      (await slipway(['import', churn.path, '--name', 'proven', '--sample', 'right.jsonl', '--json'])).out,
    ) as unknown;
    expect(right).toMatchObject({ goldens: { kind: 'original', original: rows.length } });
    const wrong = await slipway(['import', churn.path, '--name', 'unproven', '--sample', 'wrong.jsonl']);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toMatch(/error\[PARITY_FAILED\].*row 6 of the sample, probabilities\[0\]/);
    expect((await slipway(['versions', 'unproven'])).err).toContain('MODEL_NOT_FOUND');
    const header = `${columns.join(',')},probability_No,prediction`;
    const line = (row: Row, i: number) =>
      `${cells(row)},${expected[i]?.[0]},${String(churn.golden.outputs['predict']?.[i])}`;
    writeFileSync(join(folder, 'right.csv'), `${[header, ...rows.map(line)].join('\n')}\n`);
    const fromCsv = await slipway(['import', churn.path, '--name', 'proven', '--sample', 'right.csv', '--json']);
    expect(JSON.parse(fromCsv.out)).toMatchObject({ goldens: { kind: 'original' } });
  });

  test('what slipway_save.py writes brings its own answers', async () => {
    const saved = join(folder, 'saved');
    mkdirSync(saved, { recursive: true });
    cpSync(churn.path, join(saved, 'model.joblib'));
    const lines = rows.map(
      (row, i) =>
        `${JSON.stringify({ row, outputs: { predict_proba: expected[i], predict: churn.golden.outputs['predict']?.[i] } })}\n`,
    );
    writeFileSync(join(saved, 'goldens.jsonl'), lines.join(''));
    const about = {
      format: 'slipway-save',
      version: 1,
      model: { file: 'model.joblib', object_path: [] },
      goldens: { file: 'goldens.jsonl' },
      environment: { python: '3.9.1', packages: { numpy: '1.21.0' } },
    };
    writeFileSync(join(saved, 'slipway-save.json'), JSON.stringify(about));
    const { out } = await slipway(['import', saved, '--json']);
    expect(JSON.parse(out)).toMatchObject({ model: 'saved', goldens: { kind: 'original', original: rows.length } });
  });

  test('serve answers what predict answers, and ends on SIGTERM', async () => {
    const child = start(['serve', 'churn@champion', '--port', '0', '--json']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    const reply = await fetch(`${url}/predict`, {
      method: 'POST',
      body: JSON.stringify(rows),
      headers: { 'content-type': 'application/json' },
    });
    expect(reply.headers.get('x-slipway-model')).toBe('churn:1');
    isGolden(((await reply.json()) as unknown[]).map((answer) => JSON.stringify(answer)).join('\n'));
    child.kill('SIGTERM');
    expect((await once(child, 'close'))[0]).toBe(0);
  });

  test('a running server follows an alias', async () => {
    const other = readFixture('sk15-bundle-dict');
    expect(
      (
        await slipway([
          'import',
          other.path,
          '--name',
          'moving',
          '--object',
          (other.golden.object_path ?? []).join('.'),
        ])
      ).code,
    ).toBe(0);
    expect((await slipway(['import', churn.path, '--name', 'moving'])).code).toBe(0);
    await slipway(['alias', 'moving', 'live', '1']);
    const child = start(['serve', 'moving@live', '--port', '0', '--json']);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    const version = async () => {
      const reply = await fetch(`${url}/predict/moving`, {
        method: 'POST',
        body: '[]',
        headers: { 'content-type': 'application/json' },
      });
      return reply.headers.get('x-slipway-model');
    };
    expect(await version()).toBe('moving:1');
    await slipway(['alias', 'moving', 'live', '2']);
    await expect.poll(version, { timeout: 3000 }).toBe('moving:2');
    child.kill('SIGTERM');
    await once(child, 'close');
  });
});

test('up imports the example on its first start and prints a line that works', async () => {
  const child = start(['up', '--port', '0'], { SLIPWAY_HOME: join(folder, 'fresh') });
  let err = '';
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  await expect.poll(() => /curl (\S+) -H '[^']*' -d '([^']*)'/.exec(err), { timeout: 15_000 }).not.toBeNull();
  const [, url = '', body = ''] = /curl (\S+) -H '[^']*' -d '([^']*)'/.exec(err) ?? [];
  const reply = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  expect(reply.status).toBe(200);
  expect(await reply.json()).toHaveProperty('probabilities');
  child.kill('SIGTERM');
  expect((await once(child, 'close'))[0]).toBe(0);
});

test('doctor, config and version speak JSON', async () => {
  const doctor = JSON.parse((await slipway(['doctor', '--json', '--port', '0'])).out) as {
    ok: boolean;
    checks: { check: string }[];
  };
  expect(doctor.ok).toBe(true);
  expect(doctor.checks.map(({ check }) => check)).toContain('home folder');
  const config = JSON.parse((await slipway(['config', '--json'], { env: { PORT: '9123' } })).out) as unknown;
  expect(config).toMatchObject({ port: { value: 9123, origin: 'environment' }, home: { value: home } });
  expect(JSON.parse((await slipway(['--version', '--json'])).out)).toHaveProperty('slipway');
});
