import type { Findings, InspectedModel, NamedGlobal } from '@slipway/core/conversion';
import type { PlainError } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import type { Exactness } from '@slipway/core/importers';
import { element } from 'virtual:answer';
import type { Opened } from './messages.ts';

const exactnessHelp: Readonly<Record<Exactness, string>> = {
  'bit-exact': 'The same bits as the library gives',
  '1e-12': 'Equal within 1e-12: exp, log and the like differ in the last bit between platforms',
  float32: 'float32 arithmetic, as in the library',
  approximate: 'Close to the library, within the stated tolerance',
};

/** What the file is: name, kind, library, size, digest. */
export function heading(name: string, { findings, size, sha256 }: Opened): HTMLElement {
  const { model, looksLike } = findings;
  const facts = model
    ? [
        `${model.library.name} ${model.library.version ?? '(version unknown)'}`,
        ...(model.python ? [`Python ${model.python}`] : []),
        model.container,
        readableSize(size),
      ]
    : [looksLike ?? 'not recognized', readableSize(size)];
  return element(
    'header',
    { class: 'model' },
    element('h2', { id: 'result-title', tabindex: -1 }, name),
    element('p', { class: 'what' }, model?.what ?? 'Not converted'),
    element(
      'p',
      { class: 'facts' },
      ...facts.map((fact) => element('span', {}, fact)),
      element('span', { title: sha256 }, 'sha256 ', element('code', {}, sha256.slice(0, 12))),
    ),
  );
}

/** A refusal: code, message, hint. */
export function refusal(problem: PlainError): HTMLElement {
  return element(
    'section',
    { class: 'refusal', role: 'alert' },
    element('p', { class: 'code' }, element('code', {}, problem.code)),
    element('p', { class: 'message' }, problem.message),
    ...(problem.errors ?? []).map(({ path, expected, received }) =>
      element('p', {}, `${path}: expected ${expected}, received ${received}`),
    ),
    element('p', { class: 'advice' }, problem.hint),
  );
}

/** Names that run code when Python loads the file, and everything else that it names. */
export function names({ names: found, model }: Findings): HTMLElement[] {
  const unsafe = found.filter(({ kind }) => kind === 'unsafe');
  const custom = found.filter(({ kind }) => kind === 'custom-code');
  const parts: HTMLElement[] = [];
  if (unsafe.length > 0) {
    parts.push(
      element(
        'section',
        { class: 'card dangers' },
        element('h3', {}, 'Dangers'),
        element('p', {}, 'Loading this file with Python would reach these. Nothing was executed here.'),
        nameList(unsafe),
      ),
    );
  }
  if (custom.length > 0)
    parts.push(element('section', { class: 'card' }, element('h3', {}, 'Python code in the file'), nameList(custom)));
  if (!model && found.length > unsafe.length + custom.length) {
    const rest = found.filter(({ kind }) => kind === 'ordinary');
    parts.push(
      element(
        'details',
        { class: 'card' },
        element('summary', {}, `Refers to ${rest.length} more ${rest.length === 1 ? 'name' : 'names'}`),
        nameList(rest.slice(0, 100)),
      ),
    );
  }
  return parts;
}

function nameList(list: readonly NamedGlobal[]): HTMLElement {
  return element(
    'ul',
    { class: 'names' },
    ...list.map(({ path, count }) =>
      element('li', {}, element('code', {}, path), count > 1 ? ` (${count} times)` : ''),
    ),
  );
}

/** Warnings of the import. */
export function warnings(list: readonly string[]): HTMLElement[] {
  return list.length === 0
    ? []
    : [element('ul', { class: 'warnings' }, ...list.map((text) => element('li', {}, text)))];
}

/** The pipeline, the signature, and what else the file tells. */
export function details(model: InspectedModel): HTMLElement[] {
  const { signature } = model;
  return [
    ...section('Steps', stepTable(model), model.steps.length > 0),
    ...section('Columns', columnTable(model), signature.columns.length > 0),
    element('section', { class: 'card' }, element('h3', {}, 'More'), moreList(model)),
  ];
}

function section(title: string, content: HTMLElement, isThere: boolean): HTMLElement[] {
  return isThere ? [element('section', { class: 'card' }, element('h3', {}, title), content)] : [];
}

function stepTable({ steps }: InspectedModel): HTMLElement {
  const rows = steps.map(({ path, type, state, became, exactness }) => [
    dotted(path),
    element('span', { title: type }, type.split('.').at(-1) ?? type),
    state,
    became,
    element(
      'span',
      { class: `exactness e-${exactness === '1e-12' ? 'close' : exactness}`, title: exactnessHelp[exactness] },
      exactness,
    ),
  ]);
  return table(['Step', 'Class', 'State', 'Becomes', 'Exactness'], rows);
}

/** A path that may break after its dots only. */
function dotted(path: string): HTMLElement {
  const parts = path.split(/(?<=\.)/);
  return element('code', {}, ...parts.flatMap((part, i) => (i === 0 ? [part] : [element('wbr', {}), part])));
}

function columnTable({ signature }: InspectedModel): HTMLElement {
  const shown = signature.columns.slice(0, 200);
  const rows = shown.map(({ name, type, nullable, required, categories, closed }) => [
    element('code', {}, name),
    type,
    required ? (nullable ? 'allowed' : 'refused') : 'not used',
    categories ? `${closed ? 'only ' : ''}${shortList(categories.map((value) => JSON.stringify(value)))}` : '',
  ]);
  const made = table(['Column', 'Type', 'Missing', 'Categories'], rows);
  const rest = signature.columns.length - shown.length;
  if (rest > 0) made.append(element('p', { class: 'hint' }, `and ${rest} more`));
  return made;
}

function table(head: readonly string[], rows: readonly (readonly (Node | string)[])[]): HTMLElement {
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': head.join(', ') },
    element(
      'table',
      { class: 'found' },
      element('thead', {}, element('tr', {}, ...head.map((text) => element('th', { scope: 'col' }, text)))),
      element(
        'tbody',
        {},
        ...rows.map((cells) =>
          element('tr', {}, ...cells.map((cell, i) => element('td', { 'data-label': head[i] ?? '' }, cell))),
        ),
      ),
    ),
  );
}

function moreList(model: InspectedModel): HTMLElement {
  const { signature } = model;
  const rows: [string, (Node | string)[]][] = [
    ['Answers', [model.answer.map(({ name }) => name).join(', ') || 'the outputs of the graph']],
  ];
  if (signature.classes) rows.push(['Classes', [shortList(signature.classes.map((label) => JSON.stringify(label)))]]);
  if (model.threshold !== undefined)
    rows.push([
      'Threshold',
      [`${model.threshold} lies beside the model; slipway import --threshold ${model.threshold} applies it`],
    ]);
  if (model.requirements.length > 0) rows.push(['Made with', [element('code', {}, model.requirements.join(', '))]]);
  if (model.exampleRow !== undefined)
    rows.push(['A row', [element('code', { class: 'row' }, JSON.stringify(model.exampleRow))]]);
  rows.push([
    'Runs on',
    [
      element(
        'ul',
        { class: 'hosts' },
        ...model.hosts.map(({ host, runs, why }) =>
          element('li', { class: runs ? 'yes' : 'no' }, `${runs ? '✓' : '✗'} ${host}${why ? `: ${why}` : ''}`),
        ),
      ),
    ],
  ]);
  return element(
    'dl',
    { class: 'more' },
    ...rows.flatMap(([term, description]) => [element('dt', {}, term), element('dd', {}, ...description)]),
  );
}

function shortList(items: readonly string[]): string {
  const shown = items.slice(0, 8).join(', ');
  return items.length > 8 ? `${shown}, … (${items.length})` : shown;
}
