import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A page of the documentation. */
export interface Page {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** README.md and everything in docs/. */
export function readPages(): Page[] {
  const found = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  return ['README.md', 'examples/churn/README.md', 'examples/churn-weekly/README.md', ...found.toSorted()].map(
    (path) => ({
      path,
      text: readFileSync(join(root, path), 'utf8'),
    }),
  );
}

/** A command of a `console` block, or of a comment `<!-- $ command -->`, which prepares what a reader has already. */
export interface Step {
  readonly command: string;
  /** What must come out; `…` stands for anything. Undefined: not compared. */
  readonly expected: string | undefined;
  readonly line: number;
}

/** The commands of a page in order. Lines below `$ command` are its output. */
export function stepsOf({ text }: Page): Step[] {
  const steps: { command: string; expected: string[] | undefined; line: number }[] = [];
  let isConsole = false;
  text.split('\n').forEach((content, at) => {
    const hidden = /^<!-- \$ (.*) -->$/.exec(content);
    if (hidden) steps.push({ command: hidden[1] as string, expected: undefined, line: at + 1 });
    else if (content.startsWith('```')) isConsole = content === '```console';
    else if (isConsole && content.startsWith('$ '))
      steps.push({ command: content.slice(2), expected: [], line: at + 1 });
    else if (isConsole) steps.at(-1)?.expected?.push(content);
  });
  return steps.map((step) => ({ ...step, expected: step.expected?.join('\n') }));
}

/** Whether output is as a page shows it. */
export function matches(output: string, expected: string): boolean {
  const tidy = (given: string) => given.trim().replaceAll(/[ \t]+$/gm, '');
  const parts = tidy(expected)
    .split('…')
    .map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*?')}$`).test(tidy(output));
}
