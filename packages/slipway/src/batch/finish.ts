import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Entry } from './journal.ts';
import type { Plan } from './plan.ts';
import { reportPage } from './report/html.ts';
import { addCounts, noCounts, type Report } from './report/report.ts';
import type { Counts } from './scoring/spec.ts';
import { addTally, type Tally } from './scoring/tally.ts';
import { fillTable } from './sinks/table.ts';
import { spaceErrors } from './space.ts';

/** What the report says of this run. */
export type RunFacts = Pick<Report, 'started' | 'seconds' | 'resumed'>;

/** Warnings that the report tells. */
const MOST_WARNINGS = 20;

/**
 * Writes the report and gives everything its name: side files first, answers last. May be stopped anywhere and done again.
 */
export function finish(plan: Plan, entries: readonly Entry[], facts: RunFacts): Report {
  const { target } = plan;
  const { work } = target;
  const out = join(work, 'out');
  const rejects = join(work, 'rejects.jsonl');
  const report = reportOf(plan, entries, facts);
  mkdirSync(out, { recursive: true });
  const stem = target.kind === 'folder' ? '' : basename(target.reportPath).slice(0, -'report.json'.length);
  const sides = {
    [`${stem}report.json`]: `${JSON.stringify(report, null, 2)}\n`,
    [`${stem}report.html`]: reportPage(report),
  };
  // The old folder may be moved away already, or the new one be in its place.
  for (const [name, text] of Object.entries(sides))
    spaceErrors(name, () => writeFileSync(join(out, name), text, { flush: true }));
  if (existsSync(rejects) && statSync(rejects).size > 0) renameSync(rejects, join(out, `${stem}rejects.jsonl`));
  if (target.kind === 'folder') moveFolder(out, target.path, join(work, 'old'));
  else {
    const folder = dirname(target.path);
    if (report.rejects === null) rmSync(join(folder, `${stem}rejects.jsonl`), { force: true });
    const draft = join(out, basename(target.path));
    if (target.kind === 'table') fillTable(draft, runOf(entries), plan);
    for (const name of [`${stem}rejects.jsonl`, ...Object.keys(sides)])
      if (existsSync(join(out, name))) renameSync(join(out, name), join(folder, name));
    if (target.kind === 'file' && existsSync(draft)) renameSync(draft, target.path);
  }
  rmSync(work, { recursive: true, force: true });
  return report;
}

function moveFolder(from: string, to: string, old: string): void {
  mkdirSync(dirname(to), { recursive: true });
  if (existsSync(to)) {
    rmSync(old, { recursive: true, force: true });
    renameSync(to, old);
  }
  renameSync(from, to);
}

function reportOf(plan: Plan, entries: readonly Entry[], facts: RunFacts): Report {
  const { inputs, outputs, target, options, identity, spec } = plan;
  const planned = entries.find((entry) => entry.kind === 'plan');
  const pieces = entries.filter((entry) => entry.kind === 'piece');
  const byInput = inputs.map((): Counts => noCounts);
  const answers: Record<string, Tally> = {};
  const warnings = new Set<string>();
  let warned = 0;
  for (const piece of pieces) {
    byInput[piece.input] = addCounts(byInput[piece.input] ?? noCounts, piece.counts);
    for (const [name, tally] of Object.entries(piece.tallies)) answers[name] = addTally(answers[name], tally);
    for (const text of piece.warnings) if (warnings.size < MOST_WARNINGS) warnings.add(text);
    warned += piece.warned;
  }
  const rows = byInput.reduce(addCounts, noCounts);
  const { model } = options;
  const rejectsName =
    target.kind === 'folder' ? 'rejects.jsonl' : basename(target.reportPath).replace(/report\.json$/, 'rejects.jsonl');
  return {
    identity,
    model: { ref: model.ref, name: model.name, version: model.version ?? null, digest: options.pkg.digest },
    executor: planned?.executor ?? '',
    measured: planned?.measured ?? {},
    ...facts,
    finished: new Date().toISOString(),
    rows,
    warned,
    warnings: [...warnings],
    inputs: inputs.map(({ name, size }, i) => ({ name, bytes: size, ...(byInput[i] ?? noCounts) })),
    outputs: entries.flatMap((entry) =>
      entry.kind === 'output'
        ? [{ name: outputs[entry.output]?.name ?? '', bytes: entry.bytes, sha256: entry.sha256 }]
        : [],
    ),
    rejects: rows.rejected > 0 ? rejectsName : null,
    options: {
      columns: spec.columns.map(({ name }) => name),
      where: spec.where ?? null,
      on_error: spec.onError,
    },
    answers,
  };
}

function runOf(entries: readonly Entry[]): string {
  const [first] = entries;
  return first?.kind === 'plan' ? first.run : '';
}
