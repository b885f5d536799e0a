import { setImmediate as turn } from 'node:timers/promises';
import { compile, type Compiled } from '@slipway/core/compiled';
import type { OnnxModel } from '@slipway/core/onnx';
import type { Tensor } from '@slipway/core/tensor';
import type { LoadedModel, LoadOptions, RowForm, Runtime } from '../runtime.ts';

/** Rows between two looks at the clock. */
const CHUNK_ROWS = 2048;
/** Milliseconds between two turns of the event loop, where other requests and aborts come in. */
const TURN_MS = 3;

/** Graphs as JavaScript: the fast way for tabular models, without native code. */
export const compiled: Runtime = {
  id: 'compiled',
  load: (model, options = {}) => Promise.try(load, model, options),
};

function load(model: OnnxModel, { outputs }: LoadOptions): LoadedModel {
  const program = compile(outputs ? withOutputs(model, outputs) : model);
  // Outputs beside those of answers are compiled when somebody asks for them: goldens do, requests don't.
  let complete = outputs ? undefined : program;
  const names = new Set(program.outputs.map(({ name }) => name));

  return {
    id: 'compiled',
    inputs: model.graph.inputs,
    outputs: model.graph.outputs,
    memory: program.bytes,
    row: program.hasRow ? rowForm(program) : undefined,
    async infer(inputs, { signal, outputs: wanted = outputs ?? [...names] } = {}) {
      const runner = wanted.every((name) => names.has(name)) ? program : (complete ??= compile(model));
      const call = runner.begin(inputs);
      let last = performance.now();
      for (let start = 0; start < call.rows; start += CHUNK_ROWS) {
        if (performance.now() - last >= TURN_MS) {
          await turn();
          last = performance.now();
        }
        signal?.throwIfAborted();
        call.answer(start, Math.min(call.rows, start + CHUNK_ROWS));
      }
      return only(wanted, call.outputs());
    },
    async [Symbol.asyncDispose]() {
      // Nothing to give back: the arrays go with the object.
    },
  };
}

/** The same graph with fewer outputs: what they do not need is not computed. */
function withOutputs(model: OnnxModel, names: readonly string[]): OnnxModel {
  const outputs = model.graph.outputs.filter(({ name }) => names.includes(name));
  return { ...model, graph: { ...model.graph, outputs } };
}

function rowForm(program: Compiled): RowForm {
  const outputs = Object.fromEntries(
    program.outputs.map(({ name, dtype, shape }): [string, Tensor] => [
      name,
      // Integers of one row stay float64: safe ones by construction, and no bigint is made for each answer.
      { dtype: dtype.includes('int') ? 'float64' : dtype, shape, data: program.rowOutputs[name] as Tensor['data'] },
    ]),
  );
  return { numbers: program.numbers, strings: program.strings, outputs, run: program.runRow };
}

function only(names: readonly string[], tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(names.map((name) => [name, tensors[name] as Tensor]));
}
