import type { PlainError } from '@slipway/core/errors';
import { readableSize } from '@slipway/core/formats';
import { element } from 'virtual:answer';
import type { Checked, Made, Product } from './messages.ts';
import { plain } from './plain.ts';
import { refusal } from './report.ts';

const products: readonly { product: Product; title: string; about: string }[] = [
  {
    product: 'package',
    title: 'Package (.zip)',
    about:
      'Everything: graph, signature, checked example answers, drift baseline. Unpack it, then slipway serve FOLDER, or load it with MLflow.',
  },
  {
    product: 'onnx',
    title: 'Graph (.onnx)',
    about: 'The graph alone, with the preprocessing in it, for ONNX Runtime.',
  },
  {
    product: 'module',
    title: 'JavaScript (.zip)',
    about:
      'Plain ES modules with the runtime: node example.mjs answers. Needs nothing installed, not even new Function.',
  },
];

/** What the gate found, and what can be taken home. */
export function downloads(checking: Promise<Checked>, make: (product: Product) => Promise<Made>): HTMLElement {
  const state = element('p', { class: 'gate', 'aria-live': 'polite' }, 'Checking the answers on difficult rows…');
  const buttons = products.map((product) => downloadButton(product, state, make));
  for (const { button } of buttons) button.disabled = true;
  void checking.then(
    (checked) => {
      state.replaceChildren(...verdict(checked));
      state.classList.add('passed');
      for (const { button } of buttons) button.disabled = false;
    },
    (error: unknown) => state.replaceWith(refusal(plain(error))),
  );
  return take(state, buttons);
}

/** A model that no executor of this page runs: the graph, with a word of warning. */
export function uncheckedDownload(
  { code, message }: PlainError,
  isAnswered: boolean,
  make: (product: Product) => Promise<Made>,
): HTMLElement {
  const state = element(
    'p',
    { class: 'notice unchecked', 'data-code': code },
    `${message} ${isAnswered ? 'The reference evaluator answers here, slower. ' : 'So it does not answer in this page. '}`,
    'The graph was not checked: import it with the command line, which asks ONNX Runtime.',
  );
  return take(
    state,
    products.filter(({ product }) => product === 'onnx').map((product) => downloadButton(product, state, make)),
  );
}

interface DownloadButton {
  readonly button: HTMLButtonElement;
  readonly item: HTMLElement;
}

function downloadButton(
  { product, title, about }: (typeof products)[number],
  state: HTMLElement,
  make: (product: Product) => Promise<Made>,
): DownloadButton {
  const button = element('button', { type: 'button', class: 'primary', 'data-product': product }, title);
  button.addEventListener('click', () => void save(button, state, () => make(product)));
  return { button, item: element('li', {}, button, element('p', {}, about)) };
}

function take(state: HTMLElement, buttons: readonly DownloadButton[]): HTMLElement {
  return element(
    'section',
    { class: 'card take', 'aria-labelledby': 'take-title' },
    element('h3', { id: 'take-title' }, 'Take it with you'),
    state,
    element('ul', { class: 'products' }, ...buttons.map(({ item }) => item)),
  );
}

function verdict({ adversarialRows, originalRows, goldens, warnings, graphBytes }: Checked): (Node | string)[] {
  const parts = [
    adversarialRows > 0
      ? `The reference evaluator and the compiled model agree on ${adversarialRows} difficult rows.`
      : 'The graph runs.',
    originalRows > 0
      ? `It gives the original's own answers on ${originalRows} rows.`
      : 'No answers of the original came with the file, so equality with the library is not proven here.',
    `The package holds ${goldens} ${goldens === 1 ? 'row' : 'rows'} to replay; model.onnx has ${readableSize(graphBytes)}.`,
  ];
  return [element('span', { class: 'mark', 'aria-hidden': 'true' }, '✓'), ` ${[...parts, ...warnings].join(' ')}`];
}

async function save(button: HTMLButtonElement, state: HTMLElement, make: () => Promise<Made>): Promise<void> {
  button.setAttribute('aria-busy', 'true');
  try {
    const { name, type, bytes } = await make();
    const url = URL.createObjectURL(new Blob([bytes], { type }));
    const link = element('a', { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    state.after(refusal(plain(error)));
  } finally {
    button.removeAttribute('aria-busy');
  }
}
