import { codeOf, opsetOf, tensorInfo, type OnnxModel, type ValueInfo } from '../../../onnx/index.ts';
import { Appender } from './append.ts';
import { objectOf, type Json } from './companions.ts';
import type { Head } from './head.ts';

/** The labels of config.json in the order of the logits; undefined when they do not fit `width`. */
function labelsOf(config: Json | undefined, width: number): readonly string[] | undefined {
  const names = objectOf(config?.['id2label']);
  if (!names) return undefined;
  const labels = Array.from({ length: width }, (_, i) =>
    Object.hasOwn(names, String(i)) ? names[String(i)] : undefined,
  );
  const isWhole = Object.keys(names).length === width && labels.every((label) => typeof label === 'string');
  return isWhole && new Set(labels).size === width ? labels : undefined;
}

/**
 * A classification head behind `logits` `[N,K]`, as transformers' text-classification pipeline has it: softmax and the largest,
 * a sigmoid for each label and 0.5, or the number itself for one label (regression).
 */
export function classesHead(model: OnnxModel, logits: ValueInfo, width: number, config: Json | undefined): Head {
  const graph = new Appender(model);
  const problem = config?.['problem_type'];
  const shape = [logits.shape[0] ?? 'N', width];
  // Half precision is brought to float32 first.
  const numbers =
    logits.dtype === 'float32' ? logits.name : graph.node('Cast', [logits.name], { to: codeOf('float32') });
  const kept = { logits: logits.name };
  if (width === 1 && problem !== 'multi_label_classification') {
    const value = graph.node('Identity', [numbers], {}, graph.name('value'));
    return {
      graph: graph.build([tensorInfo(value, 'float32', shape), logits]),
      task: 'regression',
      outputs: { value, methods: { predict: value, ...kept } },
      became: 'the number of the only logit',
    };
  }
  const labels = labelsOf(config, width);
  if (problem === 'multi_label_classification') {
    const probabilities = graph.node('Sigmoid', [numbers], {}, graph.name('probabilities'));
    const above = graph.node('Greater', [probabilities, graph.numbers([0.5])]);
    const label = graph.node('Cast', [above], { to: codeOf('int64') }, graph.name('label'));
    return {
      graph: graph.build([tensorInfo(label, 'int64', shape), tensorInfo(probabilities, 'float32', shape), logits]),
      task: 'multilabel',
      outputs: { label, probabilities, methods: { predict: label, predict_proba: probabilities, ...kept } },
      ...(labels ? { targets: labels } : {}),
      became: 'a sigmoid for each label; labels above 0.5 apply',
    };
  }
  const axis = opsetOf(model) >= 13 ? -1 : 1;
  const probabilities = graph.node('Softmax', [numbers], { axis }, graph.name('probabilities'));
  const label = graph.node('ArgMax', [numbers], { axis: 1, keepdims: 0 }, graph.name('label'));
  return {
    graph: graph.build([
      tensorInfo(label, 'int64', shape.slice(0, 1)),
      tensorInfo(probabilities, 'float32', shape),
      logits,
    ]),
    task: 'classification',
    classes: labels ?? Array.from({ length: width }, (_, i) => `LABEL_${i}`),
    outputs: {
      label,
      labelIs: 'position',
      probabilities,
      methods: { predict: label, predict_proba: probabilities, ...kept },
    },
    became: 'softmax; the label of the largest logit',
  };
}
