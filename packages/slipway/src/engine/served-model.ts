import { setImmediate as turn } from 'node:timers/promises';
import {
  answerOutputs,
  bindAnswers,
  compileRows,
  exampleRow,
  type Answers,
  type Rows,
  type Signature,
} from '@slipway/core/signature';
import type { Servable } from '@slipway/core/protocols';
import type { Tensor } from '@slipway/core/tensor';
import type { LoadedModel, RowForm } from '../runtimes/runtime.ts';
import type { Limiter } from './limiter.ts';

/** Smaller runs do not let other requests in between. */
const LONG_RUN_ROWS = 64;
/** Long enough for the compiler of the JavaScript engine to see the hot path, short beside the start. */
const WARM_UP_MS = 15;

export interface ServedModelOptions {
  readonly name: string;
  /** Undefined for files that are served without a registry. */
  readonly version?: number | undefined;
  /** `sha256:…` of the package. */
  readonly digest: string;
  readonly signature: Signature;
  /** Executes batches. */
  readonly batch: LoadedModel;
  /** Executes single rows, where its row form is faster. */
  readonly row?: LoadedModel | undefined;
  readonly limiter: Limiter;
  /** One line about the model: `scikit-learn pipeline`. */
  readonly about?: string | undefined;
  /** A row to show and to warm up with; made from the signature unless given. */
  readonly example?: unknown;
  /** Replays the goldens; throws when an answer differs. Called once, before the first request. */
  readonly verify?: (() => Promise<void>) | undefined;
}

/** One model version in memory. Made by {@link openModel}, which returns it when it is ready for traffic. */
export class ServedModel implements Servable {
  readonly name: string;
  readonly version: number | undefined;
  readonly label: string;
  readonly digest: string;
  readonly signature: Signature;
  readonly rows: Rows;
  readonly about: string | undefined;
  /** A row that the model accepts. */
  readonly example: unknown;
  readonly #batch: LoadedModel;
  readonly #rowModel: LoadedModel | undefined;
  readonly #form: RowForm | undefined;
  readonly #answers: Answers | undefined;
  readonly #outputs: readonly string[];
  readonly #inputs: readonly string[];
  readonly #limiter: Limiter;
  /** When it was last asked for, on the plane's count. */
  lastUse = 0;
  #running = 0;
  #isRetired = false;

  constructor({ name, version, digest, signature, batch, row, limiter, about, example }: ServedModelOptions) {
    this.name = name;
    this.version = version;
    this.label = version === undefined ? name : `${name}:${version}`;
    this.digest = digest;
    this.signature = signature;
    this.about = about;
    this.example = example ?? exampleRow(signature);
    this.#batch = batch;
    this.#rowModel = row;
    this.#inputs = batch.inputs.map((input) => input.name);
    this.#outputs = answerOutputs(signature);
    this.#limiter = limiter;
    this.rows = compileRows(
      signature,
      row?.inputs.map((input) => input.name),
    );
    if (row?.row && this.rows.layout) {
      this.#form = row.row;
      this.#answers = bindAnswers(signature, row.row.outputs);
    }
  }

  /** Ids of the runtimes: the one for batches, and the one for single rows. */
  get runtimes(): readonly string[] {
    return [...new Set([this.#rowModel?.id, this.#batch.id].filter((id) => id !== undefined))];
  }

  answerRow(row: unknown, ignoreExtra: boolean): string | undefined {
    const form = this.#form;
    if (form === undefined || !this.rows.read(row, form.numbers, form.strings, ignoreExtra)) return undefined;
    form.run();
    return (this.#answers as Answers).json(0);
  }

  async infer(
    inputs: Readonly<Record<string, Tensor>>,
    count: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>> {
    if (count === 1 && this.#form) return this.#inferOne(this.#form, inputs);
    return this.#limiter.run(signal, async () => {
      // Executors compute on this thread: without a turn in between, a large batch would hold up everybody.
      if (count > LONG_RUN_ROWS) await turn();
      signal.throwIfAborted();
      this.#running++;
      try {
        const wanted = Object.fromEntries(this.#inputs.map((name) => [name, inputs[name] as Tensor]));
        return await this.#batch.infer(wanted, { signal, outputs: this.#outputs });
      } finally {
        this.#running--;
        if (this.#isRetired) await this.#dispose();
      }
    });
  }

  /** No new requests come; memory is given back when the running ones are done. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#dispose();
  }

  /** Runs the example again and again, so that the first request finds compiled code. */
  async warmUp(): Promise<void> {
    const { example } = this;
    if (example === undefined) return;
    const text = JSON.stringify(example);
    const end = performance.now() + WARM_UP_MS;
    const signal = new AbortController().signal;
    const { tensors } = this.rows.decode(example);
    do {
      for (let i = 0; i < 50; i++) if (this.answerRow(JSON.parse(text), false) === undefined) break;
      await this.#batch.infer(Object.fromEntries(this.#inputs.map((name) => [name, tensors[name] as Tensor])), {
        signal,
        outputs: this.#outputs,
      });
    } while (performance.now() < end);
  }

  #inferOne(form: RowForm, inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const { numbers, strings, matrix } = this.rows.layout as NonNullable<Rows['layout']>;
    if (matrix) form.numbers.set((Object.values(inputs)[0] as Tensor).data as Float64Array);
    else
      numbers.forEach(
        (name, slot) => (form.numbers[slot] = ((inputs[name] as Tensor).data as Float64Array)[0] as number),
      );
    strings.forEach(
      (name, slot) => (form.strings[slot] = ((inputs[name] as Tensor).data as readonly string[])[0] as string),
    );
    form.run();
    const copies = this.#outputs.map((name) => {
      const output = form.outputs[name] as Tensor;
      return [name, { ...output, data: output.data.slice() }] as const;
    });
    return Object.fromEntries(copies);
  }

  async #dispose(): Promise<void> {
    if (this.#running > 0) return;
    await this.#batch[Symbol.asyncDispose]();
    if (this.#rowModel && this.#rowModel !== this.#batch) await this.#rowModel[Symbol.asyncDispose]();
  }
}

/** Checks and warms a loaded model; what comes back may take traffic. */
export async function openModel(options: ServedModelOptions): Promise<ServedModel> {
  const model = new ServedModel(options);
  await options.verify?.();
  await model.warmUp();
  return model;
}
