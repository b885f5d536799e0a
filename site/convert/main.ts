import { samples } from 'virtual:samples';
import { element } from 'virtual:answer';
import { downloads, uncheckedDownload } from './downloads.ts';
import { Job } from './job.ts';
import type { Opened, Picked, Product } from './messages.ts';
import { plain } from './plain.ts';
import { pickDropped, pickFile, pickListed } from './picker.ts';
import { details, heading, names, refusal, warnings } from './report.ts';
import { tryIt } from './try-it.ts';

const zone = byId('drop');
const result = byId('result');
const status = byId('status');
const stage = byId('stage');
const cancel = byId('cancel');
const fileInput = byId('file') as HTMLInputElement;
const folderInput = byId('folder') as HTMLInputElement;
let job: Job | undefined;

byId('choose-file').addEventListener('click', () => fileInput.click());
byId('choose-folder').addEventListener('click', () => folderInput.click());
fileInput.addEventListener('change', () => {
  const [file] = fileInput.files ?? [];
  if (file) void open(pickFile(file));
  fileInput.value = '';
});
folderInput.addEventListener('change', () => {
  const files = [...(folderInput.files ?? [])];
  folderInput.value = '';
  void openPicked(() => Promise.resolve(pickListed(files)));
});
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-sample]'))
  button.addEventListener('click', () => openSample(button.dataset['sample'] ?? ''));
cancel.addEventListener('click', () => {
  job?.cancel();
  say('');
  result.replaceChildren(element('p', { class: 'empty', role: 'status' }, 'Cancelled.'));
  byId('choose-file').focus();
});

// The whole page takes drops: a file that misses the box would otherwise replace the page.
addEventListener('dragover', (event) => {
  event.preventDefault();
  zone.classList.add('over');
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) zone.classList.remove('over');
});
addEventListener('drop', (event) => {
  event.preventDefault();
  zone.classList.remove('over');
  const data = event.dataTransfer;
  if (data) void openPicked(() => pickDropped(data));
});

function openSample(name: string): void {
  const text = atob(samples[name] ?? '');
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  void open(pickFile(new File([bytes], name)));
}

async function openPicked(pick: () => Promise<Picked | undefined>): Promise<void> {
  try {
    const picked = await pick();
    if (picked) await open(picked);
  } catch (error) {
    result.replaceChildren(refusal(plain(error)));
  }
}

async function open(picked: Picked, object?: string): Promise<void> {
  job?.cancel();
  const mine = new Job((text) => mine === job && say(text));
  job = mine;
  document.body.classList.add('opened');
  result.replaceChildren();
  say('Opening');
  try {
    const opened = await mine.ask({ ask: 'open', picked, object });
    show(mine, picked, opened);
  } catch (error) {
    if (mine === job)
      result.replaceChildren(element('h2', { id: 'result-title', tabindex: -1 }, picked.name), refusal(plain(error)));
  }
  // What came before was cancelled and never gets here.
  say('');
  result.querySelector<HTMLElement>('#result-title')?.focus({ preventScroll: true });
  scrollTo({ top: 0 });
}

function show(mine: Job, picked: Picked, opened: Opened): void {
  const { findings, answeredBy, notCompiled } = opened;
  const { model, problem } = findings;
  result.replaceChildren(heading(picked.name, opened));
  if (problem) {
    result.append(refusal(problem));
    if (/--object/.test(problem.hint + problem.message)) result.append(chooseObject(picked));
  }
  result.append(...names(findings));
  if (!model) return;
  result.append(...warnings(model.warnings));
  if (answeredBy) result.append(tryIt(opened, model, (row) => mine.ask({ ask: 'predict', row })));
  const make = (product: Product) => mine.ask({ ask: 'make', product });
  if (notCompiled) result.append(uncheckedDownload(notCompiled, answeredBy !== undefined, make));
  else {
    const checking = mine.ask({ ask: 'check' });
    result.append(downloads(checking, make));
    void checking.catch(() => {}).finally(() => mine === job && say(''));
  }
  result.append(...details(model));
}

/** A dict or tuple that holds several things: which of them is the model? */
function chooseObject(picked: Picked): HTMLElement {
  const input = element('input', { id: 'object', autocomplete: 'off', placeholder: 'model' });
  const form = element(
    'form',
    { class: 'card choose' },
    element('label', { for: 'object' }, 'The model in it (--object)'),
    element('div', { class: 'row' }, input, element('button', { class: 'primary' }, 'Convert')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void open(picked, input.value.trim() || undefined);
  });
  return form;
}

/** Says what is being done, or with '' that nothing is. */
function say(text: string): void {
  status.hidden = text === '';
  stage.textContent = text === '' ? '' : `${text}…`;
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing`);
  return found;
}
