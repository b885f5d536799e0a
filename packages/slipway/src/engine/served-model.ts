import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '@slipway/core/errors';
import {
  answerOutputs,
  bindAnswers,
  checkSize,
  compileRows,
  exampleRow,
  type Answers,
  type Rows,
  type Signature,
  type TensorSpec,
} from '@slipway/core/signature';
import type { Servable } from '@slipway/core/protocols';
import type { Tensor } from '@slipway/core/tensor';
import type { LoadedModel, RowForm } from '../runtimes/runtime.ts';
import { notesOf, running, type RunNotes } from '../telemetry/index.ts';
import type { Limiter } from './limiter.ts';
import type { ServedModelOptions } from './served-model-options.ts';
import { turns } from './turns.ts';

/** Checks, texts of answers and compiled code of a small model. */
const BASE_BYTES = 800_000;
/** A request that has found the model asks it within this time. */
const GRACE_MS = 50;
/** How often a model that goes looks whether its last request is answered. */
const DRAIN_LOOK_MS = 10;
/** Smaller runs do not let other requests in between. */
const LONG_RUN_ROWS = 64;
/** Long enough for the compiler of the JavaScript engine to see the hot path, short beside the start. */
const WARM_UP_MS = 15;

/** One model version in memory. Made by {@link openModel}, which returns it when it is ready for traffic. */
export class ServedModel implements Servable {
  readonly name: string;
  readonly version: number | undefined;
  readonly label: string;
  readonly digest: string;
  readonly signature: Signature;
  readonly rows: Rows;
  readonly outputs: readonly TensorSpec[];
  readonly about: string | undefined;
  readonly bytes: number | undefined;
  /** Bytes that it takes in memory, by the size of its parts. */
  readonly memory: number;
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
  /** What loading it took. */
  loadMs = 0;
  statistics = { rows: 0, runs: 0, failures: 0, lastAt: 0, nanoseconds: 0 };
  /** Requests that run or wait for their turn. */
  #pending = 0;
  #retiring: Promise<void> | undefined;
  #isGone = false;

  constructor(options: ServedModelOptions) {
    const { name, version, digest, signature, batch, row, limiter, sizes, about, example, bytes } = options;
    this.name = name;
    this.version = version;
    this.label = version === undefined ? name : `${name}:${version}`;
    this.digest = digest;
    this.signature = signature;
    this.about = about;
    this.bytes = bytes;
    this.memory = BASE_BYTES + (options.memory ?? 0) + batch.memory + (row && row !== batch ? row.memory : 0);
    this.example = example ?? exampleRow(signature);
    this.#batch = batch;
    this.#rowModel = row;
    this.#inputs = batch.inputs.map((input) => input.name);
    this.#outputs = answerOutputs(signature);
    this.outputs = batch.outputs.map((output) => ({
      name: output.name,
      dtype: output.dtype,
      shape: output.shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : null)),
    }));
    this.#limiter = limiter;
    this.rows = compileRows(
      signature,
      row?.inputs.map((input) => input.name),
      sizes,
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

  /** The runtime of single rows, and that of batches. */
  get executors(): { readonly row: string; readonly batch: string } {
    return {
      row: this.#form === undefined ? this.#batch.id : (this.#rowModel ?? this.#batch).id,
      batch: this.#batch.id,
    };
  }

  /** No request is on its way. */
  get isIdle(): boolean {
    return this.#pending === 0;
  }

  /** Runs that wait for their turn. */
  get waiting(): number {
    return this.#limiter.waiting;
  }

  answerRow(row: unknown, ignoreExtra: boolean): string | undefined {
    const form = this.#form;
    if (form === undefined || !this.rows.read(row, form.numbers, form.strings, ignoreExtra)) return undefined;
    const began = performance.now();
    form.run();
    const { notes } = running;
    this.#count(1, notes, began, began);
    const answer = (this.#answers as Answers).json(0);
    notes?.kept?.push({ model: this, count: 1, row, answer });
    return answer;
  }

  async infer(
    inputs: Readonly<Record<string, Tensor>>,
    count: number,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const notes = notesOf(signal);
    const asked = performance.now();
    if (count === 1 && this.#form) {
      const outputs = this.#inferOne(this.#form, inputs);
      this.#count(1, notes, asked, asked);
      notes?.kept?.push({ model: this, count, inputs, outputs });
      return outputs;
    }
    if (this.#isGone) throw fail('NOT_READY', { problem: `${this.label} was unloaded meanwhile.` }, { retryAfter: 1 });
    if (this.rows.limits) checkSize(this.rows.limits, count, elementsIn(inputs));
    this.#pending++;
    try {
      return await this.#limiter.run(signal, () => this.#run(inputs, count, signal, asked, notes));
    } catch (error) {
      this.statistics.failures++;
      throw error;
    } finally {
      this.#pending--;
    }
  }

  hold(): () => void {
    this.#pending++;
    return () => void this.#pending--;
  }

  async #run(
    inputs: Readonly<Record<string, Tensor>>,
    count: number,
    signal: AbortSignal,
    asked: number,
    notes: RunNotes | undefined,
  ): Promise<Readonly<Record<string, Tensor>>> {
    // Executors compute on this thread: without a turn in between, a large batch would hold up everybody.
    if (count > LONG_RUN_ROWS) await turns.breathe();
    signal.throwIfAborted();
    const began = performance.now();
    const wanted = Object.fromEntries(this.#inputs.map((name) => [name, inputs[name] as Tensor]));
    const outputs = await this.#batch.infer(wanted, { signal, outputs: this.#outputs });
    this.#count(count, notes, asked, began);
    notes?.kept?.push({ model: this, count, inputs, outputs });
    return outputs;
  }

  #count(rows: number, notes: RunNotes | undefined, asked: number, began: number): void {
    const { statistics } = this;
    const now = performance.now();
    statistics.rows += rows;
    statistics.runs++;
    statistics.nanoseconds += (now - began) * 1e6;
    statistics.lastAt = now + performance.timeOrigin;
    notes?.run(this, rows, asked, began, now);
  }

  /** No new requests come; memory is given back when those that found it before are answered. */
  retire(graceMs = GRACE_MS): Promise<void> {
    return (this.#retiring ??= this.#drain(graceMs));
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
    this.statistics = { rows: 0, runs: 0, failures: 0, lastAt: 0, nanoseconds: 0 };
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

  async #drain(graceMs: number): Promise<void> {
    if (graceMs > 0) await wait(graceMs);
    while (this.#pending > 0) await wait(DRAIN_LOOK_MS);
    this.#isGone = true;
    await this.#batch[Symbol.asyncDispose]();
    if (this.#rowModel && this.#rowModel !== this.#batch) await this.#rowModel[Symbol.asyncDispose]();
  }
}

function elementsIn(inputs: Readonly<Record<string, Tensor>>): number {
  return Object.values(inputs).reduce((sum, { data }) => sum + data.length, 0);
}

/** Checks and warms a loaded model; what comes back may take traffic. */
export async function openModel(options: ServedModelOptions): Promise<ServedModel> {
  const model = new ServedModel(options);
  await options.verify?.();
  await model.warmUp();
  return model;
}
