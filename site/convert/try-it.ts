import type { InspectedModel } from '@slipway/core/conversion';
import { element, showAnswer, showProblem } from 'virtual:answer';
import { rowForm } from 'virtual:row-form';
import type { Answered, Opened } from './messages.ts';
import { plain } from './plain.ts';

/** A form made from the signature, and the answer beside it. */
export function tryIt(
  { fields }: Opened,
  { signature, exampleRow }: InspectedModel,
  predict: (row: unknown) => Promise<Answered>,
): HTMLElement {
  const fill = element('button', { type: 'button', class: 'quiet' }, 'Example row');
  const button = element('button', { type: 'submit', class: 'primary' }, 'Predict');
  const form = element(
    'form',
    { class: 'card', id: 'row', novalidate: 'novalidate', 'aria-labelledby': 'row-title' },
    element('div', { class: 'card-title' }, element('h3', { id: 'row-title' }, 'Try it'), fill),
    parse(fields),
    element('div', { class: 'actions' }, button, element('button', { type: 'reset', class: 'quiet' }, 'Clear')),
  );
  const time = element('span', { class: 'time' });
  const answer = element('div', { id: 'answer', 'aria-live': 'polite' });
  const json = element('code', { id: 'json-text' });
  const whole = element(
    'details',
    { hidden: 'hidden' },
    element('summary', {}, 'Answer as JSON'),
    element('pre', { tabindex: 0, 'aria-label': 'Answer as JSON' }, json),
  );
  const result = element(
    'section',
    { class: 'card answer', 'aria-labelledby': 'answer-title' },
    element('div', { class: 'card-title' }, element('h3', { id: 'answer-title' }, 'Answer'), time),
    answer,
    whole,
  );
  const controls = rowForm(form, { form: signature.form, width: signature.columns.length });

  async function ask(row: unknown, isByHand: boolean): Promise<void> {
    time.textContent = '';
    button.setAttribute('aria-busy', 'true');
    try {
      const answered = await predict(row);
      showAnswer(answer, Object(answered.answer) as object);
      json.textContent = JSON.stringify(answered.answer, null, 2);
      whole.hidden = false;
      time.textContent = `${answered.ms < 0.1 ? '< 0.1' : answered.ms.toFixed(1)} ms in this tab`;
      // On a phone the answer is below the form.
      if (isByHand && answer.getBoundingClientRect().top > innerHeight * 0.8) result.scrollIntoView({ block: 'start' });
    } catch (error) {
      const { message, hint, errors } = plain(error);
      whole.hidden = true;
      showProblem(answer, { detail: message, hint, errors }, isByHand ? controls.placeErrors(errors ?? []) : undefined);
    } finally {
      button.removeAttribute('aria-busy');
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    controls.clearErrors();
    const row = controls.read();
    if (row !== undefined) void ask(row, true);
  });
  fill.hidden = exampleRow === undefined;
  fill.addEventListener('click', () => controls.fill(exampleRow));
  if (exampleRow === undefined) answer.append(element('p', { class: 'empty' }, 'Fill in the row and press Predict.'));
  else {
    controls.fill(exampleRow);
    void ask(exampleRow, false);
  }
  return element('div', { class: 'columns' }, form, result);
}

/** The fields come as markup in which every value is escaped (`html.ts`); scripts in it would not run either. */
function parse(markup: string): DocumentFragment {
  const template = document.createElement('template');
  template.innerHTML = markup;
  return template.content;
}
