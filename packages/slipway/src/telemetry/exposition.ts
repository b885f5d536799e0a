/** How the values of several processes become one. */
export type Merge = 'sum' | 'max' | 'each';

/** A metric with its samples, at one moment. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly merge: Merge;
  readonly samples: readonly Sample[];
}

/** The suffix (`_bucket`), the labels as they are written, and the value. */
export type Sample = readonly [suffix: string, labels: string, value: number];

/** Prometheus' text format (0.0.4), ending with a line break. */
export function exposition(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [suffix, labels, value] of samples) lines.push(`${name}${suffix}${labels && `{${labels}}`} ${value}`);
  }
  return `${lines.join('\n')}\n`;
}

/** OpenMetrics 1.0, for scrapers that ask for it: counters without `_total` in their name, and a mark at the end. */
export function openMetrics(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    const base = type === 'counter' ? name.replace(/_total$/, '') : name;
    lines.push(`# TYPE ${base} ${type}`, `# HELP ${base} ${help}`);
    for (const [suffix, labels, value] of samples) lines.push(`${name}${suffix}${labels && `{${labels}}`} ${value}`);
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** `a="1",b="2"` */
export function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(
      ([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',');
}

/** Snapshots of several processes as one; what each has for itself gets the label `worker`. */
export function mergeFamilies(processes: ReadonlyMap<string, readonly Family[]>): Family[] {
  const merged = new Map<string, { family: Family; values: Map<string, Sample> }>();
  for (const [worker, families] of processes) {
    for (const family of families) {
      let entry = merged.get(family.name);
      if (!entry) merged.set(family.name, (entry = { family, values: new Map<string, Sample>() }));
      for (const [suffix, labels, value] of family.samples) {
        const own = labelText({ worker });
        const text = family.merge === 'each' ? (labels ? `${labels},${own}` : own) : labels;
        const key = `${suffix} ${text}`;
        const before = entry.values.get(key)?.[2];
        entry.values.set(key, [suffix, text, before === undefined ? value : joined(family.merge, before, value)]);
      }
    }
  }
  return [...merged.values()].map(({ family, values }) => ({ ...family, samples: [...values.values()] }));
}

/** What stays of a process that has ended: its counts, so that totals never fall. */
export function countsOf(families: readonly Family[]): Family[] {
  return families.filter(({ type, merge }) => type !== 'gauge' && merge === 'sum');
}

function joined(merge: Merge, a: number, b: number): number {
  return merge === 'max' ? Math.max(a, b) : a + b;
}
