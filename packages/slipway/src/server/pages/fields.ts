import type { Column, Scalar, Signature } from '@slipway/core/signature';
import { html, type Html } from './html.ts';

/** Arrays from this width on get one box to paste into instead of a field per position. */
const PASTE_FROM = 40;

/** The controls for one row. Scripts read them by `data-column` and `data-kind`. */
export function rowFields({ form, columns, tensors = [] }: Signature): Html {
  switch (form) {
    case 'text':
      return pasteBox('text', 'Text', 'The text to judge.', 6);
    case 'tensors': {
      if (tensors.length === 1 && tensors[0]?.image) return pictureField();
      const shapes = tensors.map(
        ({ name, dtype, shape }) => `${name}: ${dtype} [${shape.map((dim) => dim ?? 'any').join(', ')}]`,
      );
      return pasteBox('json', 'Row as JSON', shapes.join('; '), 10);
    }
    case 'array':
      if (columns.length < PASTE_FROM) return grid(columns);
      return html`${pasteBox('numbers', `${columns.length} values`, 'Separated by commas, spaces or line breaks, in the order of training.', 6)}
        <p class="count" id="count" aria-live="polite"></p>
        <div class="heat" id="heat" aria-hidden="true" data-width="${heatWidth(columns.length)}"></div>`;
    case 'table':
      return grid(columns.filter((column) => column.required));
  }
}

function grid(columns: readonly Column[]): Html {
  return html`<div class="fields">${columns.map(field)}</div>`;
}

function field(column: Column, index: number): Html {
  const id = `field-${index}`;
  const { name, nullable, type } = column;
  const hint = hintOf(column);
  const about = html`id="${id}" data-column="${name}" data-index="${index}" data-nullable="${String(nullable)}"
  aria-describedby="${id}-hint ${id}-error"`;
  const rest = html`<p class="hint" id="${id}-hint">${hint}</p>
    <p class="error" id="${id}-error"></p>`;
  if (type === 'boolean') return booleanField(column, id, index, rest);
  return html`<div class="field"><label for="${id}">${name}</label>${control(column, id, about)}${rest}</div>`;
}

function control(column: Column, id: string, about: Html): Html {
  const { type, categories, closed, nullable, seen } = column;
  if (categories) {
    const empty = nullable
      ? html`<option value="">(missing)</option>`
      : html`<option value="" disabled selected>Choose…</option>`;
    const other = closed ? '' : html`<option value="other" data-other>Another value…</option>`;
    const more = closed
      ? ''
      : html`<input
          class="other"
          id="${id}-other"
          aria-label="Another value of ${column.name}"
          autocomplete="off"
          hidden
        />`;
    return html`<select ${about} data-kind="choice">
        ${empty}${categories.map(option)}${other}</select
      >${more}`;
  }
  if (type === 'string')
    return html`<input ${about} data-kind="text" autocomplete="off" placeholder="${nullable ? '(missing)' : ''}" />`;
  if (type === 'datetime')
    return html`<input ${about} data-kind="text" autocomplete="off" placeholder="2026-01-31T08:00:00Z" />`;
  const typical = typeof seen?.typical === 'number' ? `e.g. ${short(seen.typical)}` : '';
  return html`<input
    ${about}
    data-kind="number"
    type="number"
    step="any"
    inputmode="${type === 'integer' ? 'numeric' : 'decimal'}"
    autocomplete="off"
    placeholder="${typical}"
  />`;
}

/** `data-value` is JSON, because a category may be a number. */
function option(value: Scalar): Html {
  return html`<option data-value="${JSON.stringify(value)}">${String(value)}</option>`;
}

function booleanField({ name, nullable }: Column, id: string, index: number, rest: Html): Html {
  const choice = (value: string, text: string, checked: boolean): Html =>
    html`<label
      ><input type="radio" name="${id}" value="${value}" ${checked ? html` checked` : ''} /><span>${text}</span></label
    >`;
  return html`<fieldset
    class="field"
    id="${id}"
    data-column="${name}"
    data-index="${index}"
    data-kind="boolean"
    data-nullable="${String(nullable)}"
    aria-describedby="${id}-hint ${id}-error"
  >
    <legend>${name}</legend>
    <div class="segments">
      ${choice('true', 'Yes', false)}${choice('false', 'No', !nullable)}${nullable ? choice('', 'Missing', true) : ''}
    </div>
    ${rest}
  </fieldset>`;
}

function pictureField(): Html {
  return html`<div class="field wide">
    <label for="picture">Picture</label>
    <input id="picture" type="file" accept="image/png,image/jpeg" aria-describedby="picture-hint picture-error" />
    <p class="hint" id="picture-hint">A PNG or JPEG file.</p>
    <p class="error" id="picture-error"></p>
  </div>`;
}

function pasteBox(kind: 'text' | 'numbers' | 'json', label: string, hint: string, rows: number): Html {
  return html`<div class="field wide">
    <label for="paste">${label}</label>
    <textarea
      id="paste"
      data-kind="${kind}"
      rows="${rows}"
      spellcheck="${kind === 'text' ? 'true' : 'false'}"
      aria-describedby="paste-hint paste-error"
    ></textarea>
    <p class="hint" id="paste-hint">${hint}</p>
    <p class="error" id="paste-error"></p>
  </div>`;
}

function hintOf({ type, nullable, seen, categories, description }: Column): string {
  const parts: string[] = [];
  if (description) parts.push(description);
  if (seen?.min !== undefined && seen.max !== undefined) parts.push(`seen ${short(seen.min)} to ${short(seen.max)}`);
  else if (type === 'integer' && !categories) parts.push('whole number');
  if (nullable && type !== 'boolean' && !categories) parts.push('may be empty');
  return parts.join(' · ');
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Square images stand as squares. */
function heatWidth(count: number): number {
  const side = Math.sqrt(count);
  return Number.isInteger(side) ? side : Math.min(count, 16);
}
