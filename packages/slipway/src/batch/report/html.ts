import { middleOf, type Tally } from '../scoring/tally.ts';
import type { Report } from './report.ts';

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const whole = (count: number): string => count.toLocaleString('en');
const short = (value: number): string => String(Number(value.toPrecision(4)));
/** Bars of a chart of numbers. */
const BARS = 20;

/** The report as one small page: no script, nothing is loaded. */
export function reportPage(report: Report): string {
  const { model, rows, started, seconds, executor, warned, warnings, rejects } = report;
  const name = model.version === null ? model.name : `${model.name}:${model.version}`;
  const facts = [
    ['Rows read', whole(rows.read)],
    ['Answered', whole(rows.answered)],
    ['Rejected', whole(rows.rejected)],
    ['Left out by --where', whole(rows.filtered)],
    ['With a warning', whole(warned)],
  ] as const;
  const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
    `<table><tr>${head.map((text) => `<th>${escape(text)}</th>`).join('')}</tr>${lines
      .map((cells) => `<tr>${cells.map((text) => `<td>${escape(text)}</td>`).join('')}</tr>`)
      .join('')}</table>`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Batch report: ${escape(name)}</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2330;background:#fff}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}.facts{display:flex;flex-wrap:wrap;gap:1rem}
.facts div{border:1px solid #d6dbe3;border-radius:8px;padding:.6rem 1rem}.facts b{display:block;font-size:1.3rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #e3e7ee;overflow-wrap:anywhere}
figure{margin:1rem 0}.bar{display:grid;grid-template-columns:10rem 1fr 8rem;gap:.5rem;align-items:center}
.bar i{display:block;height:.8rem;background:#3366cc;min-width:1px}.bar span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
@media(prefers-color-scheme:dark){body{background:#14181f;color:#e6e9ef}.facts div,th,td{border-color:#333b48}.bar i{background:#7aa2f7}}
</style>
<h1>${escape(name)}: ${whole(rows.answered)} rows answered</h1>
<p>${escape(started.slice(0, 19).replace('T', ' '))} UTC, ${short(seconds)} s, executor ${escape(executor)}, package ${escape(model.digest.slice(0, 19))}</p>
<div class="facts">${facts.map(([title, value]) => `<div>${title}<b>${value}</b></div>`).join('')}</div>
${warnings.length ? `<p>${warnings.map(escape).join('<br>')}</p>` : ''}
${rejects === null ? '' : `<p>Rows that were left out, with the reason: <code>${escape(rejects)}</code></p>`}
<h2>Answers</h2>
${Object.entries(report.answers)
  .map(([column, tally]) => figure(column, tally))
  .join('\n')}
<h2>Inputs</h2>
${table(
  ['file', 'rows', 'answered', 'rejected', 'left out'],
  report.inputs.map((input) => [
    input.name,
    whole(input.read),
    whole(input.answered),
    whole(input.rejected),
    whole(input.filtered),
  ]),
)}
<h2>Outputs</h2>
${table(
  ['file', 'bytes', 'sha256'],
  report.outputs.map(({ name: file, bytes, sha256 }) => [file, whole(bytes), sha256]),
)}
</html>
`;
}

function figure(column: string, tally: Tally): string {
  const bars = barsOf(tally);
  const most = Math.max(1, ...bars.map(([, count]) => count));
  const about = tally.kind === 'labels' || tally.count === 0 ? '' : `, mean ${short(tally.sum / tally.count)}`;
  const lines = bars.map(
    ([label, count]) =>
      `<div class="bar"><span title="${escape(label)}">${escape(label)}</span><i style="width:${((100 * count) / most).toFixed(1)}%"></i><span>${whole(count)}</span></div>`,
  );
  return `<figure><figcaption><b>${escape(column)}</b>${about}</figcaption>${lines.join('')}</figure>`;
}

function barsOf(tally: Tally): (readonly [string, number])[] {
  if (tally.kind === 'labels') return Object.entries(tally.counts).toSorted(([, a], [, b]) => b - a);
  if (tally.kind === 'shares')
    return tally.bins.map((count, i) => [`${(i / BARS).toFixed(2)} – ${((i + 1) / BARS).toFixed(2)}`, count] as const);
  const { min, max } = tally;
  if (min === null || max === null) return [];
  const width = (max - min) / BARS || 1;
  const counts = Array.from({ length: BARS }, () => 0);
  for (const [bin, count] of Object.entries(tally.bins)) {
    const at = Math.min(BARS - 1, Math.max(0, Math.floor((middleOf(bin) - min) / width)));
    counts[at] = (counts[at] ?? 0) + count;
  }
  return counts.map((count, i) => [`${short(min + i * width)} – ${short(min + (i + 1) * width)}`, count] as const);
}
