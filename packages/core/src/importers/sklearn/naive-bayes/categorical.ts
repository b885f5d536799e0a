import { ops, type Value } from '../../../ir/index.ts';
import type { Converter } from '../converter.ts';
import { numbersOf, type Fitted, type Plain } from '../fitted.ts';
import { posterior } from './posterior.ts';

/** Every column holds category numbers 0, 1, …: Σ log P(category | class) + log prior. Unknown numbers are refused. */
export const categoricalNaiveBayes: Converter = {
  types: ['sklearn.naive_bayes.CategoricalNB'],
  became: 'tables of log probabilities, added and normalised',
  exactness: '1e-12',
  state: (fitted) => `${fitted.classes().labels.length} classes`,

  predict(fitted, input) {
    const classes = fitted.classes();
    const count = classes.labels.length;
    const tables = fitted.list('feature_log_prob_');
    if (tables.length !== input.width) throw fitted.wrong('feature_log_prob_', `${input.width} tables`);
    const logs = tables.map((table, column) => logsOf(fitted, table, count, input.number(column)));
    const sum = logs.reduce((total, own) => ops.add(total, own));
    const joint = ops.add(sum, fitted.vector('class_log_prior_', count));
    return { kind: 'classifier', classes, position: ops.positionOfLargest(joint), probabilities: posterior(joint) };
  },
};

/** A column's log probability by class. Numbers beyond the table, which the signature refuses, give NaN. */
function logsOf(fitted: Fitted, table: Plain, classes: number, column: Value): Value {
  const known = numbersOf(table);
  const categories = known?.shape[1];
  if (!known || known.shape[0] !== classes || !categories)
    throw fitted.wrong('feature_log_prob_', `tables of ${classes} rows`);
  const rows = new Float64Array((categories + 1) * classes).fill(NaN);
  for (let k = 0; k < classes; k++) {
    for (let c = 0; c < categories; c++) rows[c * classes + k] = known.data[k * categories + c] as number;
  }
  const values = Array.from({ length: categories }, (_, c) => c);
  // Numbers are cut to integers; negative ones and those beyond the table are refused.
  const inside = ops.within(column, {
    always: [
      { refuses: 'upTo', value: -1 },
      { refuses: 'from', value: categories },
    ],
  });
  const x = ops.require(inside, { present: true, finite: true, categories: { values, closed: false } });
  return ops.tableByCode(x, rows, classes);
}
