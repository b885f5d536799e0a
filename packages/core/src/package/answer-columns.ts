import { labelKey, type Scalar, type Signature } from '../signature/index.ts';
import type { DType } from '../tensor/index.ts';

/** An output of the graph. The leading dimension N is the batch; `shape` is what follows, null where free. */
export interface OutputSpec {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly (number | null)[];
}

/** One column of an answer in table form (CSV, DataFrame). */
export interface AnswerColumn {
  readonly name: string;
  readonly type: 'number' | 'integer' | 'boolean' | 'string';
  /** Graph output that holds it. */
  readonly output: string;
  /** Position in a row of that output. */
  readonly at: number;
  /** Set where the graph holds positions in this list instead of labels. */
  readonly labels?: readonly Scalar[] | undefined;
}

/**
 * An answer as flat columns, named by the path of each leaf as in our CSV answers: `prediction`, `probabilities.yes`,
 * `score`, `distances.0`, …. The MLflow signature and the Python loader of a package use them. Empty for graphs whose
 * outputs are no table.
 */
export function answerColumns(signature: Signature, specs: readonly OutputSpec[]): AnswerColumn[] {
  const { task, outputs, classes, targets, targetClasses } = signature;
  if (task === 'graph') return [];
  const columns: AnswerColumn[] = [];
  const add = (path: string, output: string | undefined, names: Names, type: TypeOf = () => number) => {
    const spec = specs.find(({ name }) => name === output);
    if (!spec || output === undefined) return;
    const width = spec.shape[0] ?? 1;
    namesOf(names, width, spec.shape.length === 0).forEach((name, at) => {
      columns.push({ name: name === undefined ? path : `${path}.${name}`, output, at, ...type(at) });
    });
  };
  const label = (list: readonly Scalar[] | undefined, isPosition: boolean) =>
    list ? { type: typeOf(list), ...(isPosition ? { labels: list } : {}) } : integer;
  const keys = classes?.map(labelKey);
  const isPosition = outputs.labelIs !== 'value';

  switch (task) {
    case 'classification':
      add('prediction', outputs.label, 'one', () => label(classes, isPosition));
      add('probabilities', outputs.probabilities, keys);
      if (!outputs.probabilities) add('scores', outputs.scores, keys);
      break;
    case 'regression':
      add('prediction', outputs.value, targets);
      break;
    case 'clustering':
      add('prediction', outputs.label, 'one', () => integer);
      add('distances', outputs.distances, 'numbered');
      break;
    case 'outlier':
      add('prediction', outputs.label, 'one', () => integer);
      add('score', outputs.scores, undefined);
      break;
    case 'transform':
      add('output', outputs.output, 'numbered');
      break;
    case 'multilabel':
      add('prediction', outputs.label, targets ?? keys ?? 'numbered', () => integer);
      add('probabilities', outputs.probabilities, targets ?? keys ?? 'numbered');
      if (!outputs.probabilities) add('scores', outputs.scores, targets ?? keys ?? 'numbered');
      break;
    case 'multioutput-classification': {
      const lists = targetClasses ?? [];
      const prefixes = targets ?? lists.map((_, t) => String(t));
      add('prediction', outputs.label, prefixes, (t) => label(lists[t], isPosition));
      const paths = lists.flatMap((list, t) => list.map((name) => `${prefixes[t]}.${labelKey(name)}`));
      add('probabilities', outputs.probabilities, paths);
      break;
    }
  }
  return columns;
}

/**
 * The last part of each column's name. A list that does not fit the width is replaced by numbers; without a list, a
 * single column has no name of its own.
 */
type Names = readonly string[] | 'one' | 'numbered' | undefined;
type TypeOf = (at: number) => Pick<AnswerColumn, 'type' | 'labels'>;

const number: Pick<AnswerColumn, 'type'> = { type: 'number' };
const integer: Pick<AnswerColumn, 'type'> = { type: 'integer' };

function namesOf(names: Names, width: number, isScalar: boolean): readonly (string | undefined)[] {
  if (names === 'one' || (isScalar && names !== 'numbered')) return [undefined];
  if (Array.isArray(names) && names.length === width) return names as readonly string[];
  if (width === 1 && names !== 'numbered') return [undefined];
  return Array.from({ length: width }, (_, i) => String(i));
}

function typeOf(labels: readonly Scalar[]): AnswerColumn['type'] {
  if (labels.every((label) => typeof label === 'string')) return 'string';
  if (labels.every((label) => typeof label === 'boolean')) return 'boolean';
  return labels.every(Number.isInteger) ? 'integer' : 'number';
}
