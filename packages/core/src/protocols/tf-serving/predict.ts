import { labelKey } from '../../signature/index.ts';
import { modelReply, writeColumns, writeRows } from '../inference/answers.ts';
import { withModel } from '../inference/find.ts';
import { methodsOf } from '../inference/methods.ts';
import { runRows } from '../inference/run.ts';
import { elementWriter, rowWriter } from '../inference/write-tensor.ts';
import type { Call, Plane, Reply, Servable } from '../protocol.ts';
import { invalid, readExamples, readPredict } from './request.ts';

/** NaN by name and float32 by its own digits, as TensorFlow Serving writes them. */
const STYLE = { odd: 'names', short: true } as const;

/** `:predict`, of KServe v1 too: `instances` → `predictions`, `inputs` → `outputs`. */
export function predict(call: Call, plane: Plane): Reply | Promise<Reply> {
  return withModel(call, plane, (model) => {
    const { format, rows, methods } = readPredict(model, call.text());
    return runRows(model, rows, call.signal).then((outputs) =>
      modelReply(
        model,
        format === 'row'
          ? `{"predictions":${writeRows(methods, outputs, rows.count, STYLE)}}`
          : `{"outputs":${writeColumns(methods, outputs, STYLE)}}`,
      ),
    );
  });
}

/** `:classify`: pairs of label and score for each example. */
export function classify(call: Call, plane: Plane): Reply | Promise<Reply> {
  return withModel(call, plane, (model) => {
    const scores = methodsOf(model).find(({ name }) => name === 'predict_proba');
    const { task, classes } = model.signature;
    if (task !== 'classification' || !scores || !classes) throw wrongMethod(model, 'classify');
    const rows = readExamples(model, call.text(), 'classify');
    const heads = classes.map((value, k) => `${k === 0 ? '' : ','}[${JSON.stringify(labelKey(value))},`);
    return runRows(model, rows, call.signal).then((outputs) => {
      const tensor = scores.read(outputs);
      const write = elementWriter(tensor, STYLE);
      const results = Array.from({ length: rows.count }, (_, row) =>
        heads.map((head, k) => `${head}${write(row * heads.length + k)}]`).join(''),
      );
      return modelReply(model, `{"results":[${results.map((text) => `[${text}]`).join(',')}]}`);
    });
  });
}

/** `:regress`: one number for each example. */
export function regress(call: Call, plane: Plane): Reply | Promise<Reply> {
  return withModel(call, plane, (model) => {
    const [value] = methodsOf(model);
    if (model.signature.task !== 'regression' || !value) throw wrongMethod(model, 'regress');
    const rows = readExamples(model, call.text(), 'regress');
    return runRows(model, rows, call.signal).then((outputs) => {
      const write = rowWriter(value.read(outputs), STYLE);
      return modelReply(model, `{"results":[${Array.from({ length: rows.count }, (_, row) => write(row)).join(',')}]}`);
    });
  });
}

function wrongMethod({ signature: { task } }: Servable, method: string) {
  return invalid(
    `Expected ${method === 'classify' ? 'classification' : 'regression'} signature method_name to be tensorflow/serving/${method}. Was: tensorflow/serving/predict (the model is of the kind ${task}).`,
  );
}
