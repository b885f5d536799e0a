import { gzipSync } from 'node:zlib';
import { readOnnx } from '@slipway/core/onnx';
import { answerOutputs, bindAnswers, compileRows, type Rows } from '@slipway/core/signature';
import { joinRows, sliceRows, type Tensor } from '@slipway/core/tensor';
import { runtimes } from '../../runtimes/load.ts';
import { withPre } from '../../runtimes/pre.ts';
import type { LoadedModel } from '../../runtimes/runtime.ts';
import type { InputFile } from '../inputs/input-file.ts';
import { sinks, type Encoder } from '../sinks/index.ts';
import { sources, type Piece } from '../sources/index.ts';
import { compileWhere, type Where } from '../where.ts';
import { decodeTable } from './decode-columns.ts';
import { decodeText } from './decode-text.ts';
import type { DecodedRows } from './decoded.ts';
import { Rejects } from './rejects.ts';
import type { Counts, Scored, ScoringSpec } from './spec.ts';
import { countIn, emptyTally, type Tally } from './tally.ts';

/** Warnings of a piece that are told in words. */
const MOST_TOLD = 3;

/** Answers one piece after the other: in the main thread, or in one of several. */
export class Scorer implements AsyncDisposable {
  readonly #spec: ScoringSpec;
  readonly #model: LoadedModel;
  readonly #rows: Rows;
  readonly #where: Where | undefined;
  readonly #wanted: readonly string[];
  readonly #keep: readonly string[];
  /** Names of columns by file, for models without names. */
  readonly #renamed = new Map<string, ReadonlyMap<string, string>>();

  private constructor(spec: ScoringSpec, model: LoadedModel) {
    const { signature, where, columns } = spec;
    this.#spec = spec;
    this.#model = model;
    this.#rows = compileRows(
      signature,
      model.inputs.map(({ name }) => name),
    );
    this.#where = where === undefined ? undefined : compileWhere(where);
    this.#wanted = answerOutputs(signature);
    this.#keep = columns.filter(({ from }) => from === 'input').map(({ name }) => name);
  }

  static async open(spec: ScoringSpec): Promise<Scorer> {
    const runtime = await runtimes[spec.executor]();
    const outputs = answerOutputs(spec.signature);
    const model = withPre(await runtime.load(readOnnx(spec.graph), { outputs }), spec.pre);
    return new Scorer(spec, model);
  }

  /** The first rows of a piece as the graph takes them, to measure with. */
  async sample(piece: Piece): Promise<Readonly<Record<string, Tensor>> | undefined> {
    const rejects = new Rejects(piece.file.name);
    for await (const { tensors } of this.#decode(piece, rejects)) return tensors;
    return undefined;
  }

  async score(piece: Piece): Promise<Scored> {
    const { columns, format, signature } = this.#spec;
    const rejects = new Rejects(piece.file.name);
    const encoder = (await sinks[format]()).open(columns);
    const names = columns.filter(({ from }) => from === 'answer').map(({ name }) => name);
    const tallies: Record<string, Tally> = {};
    const warnings: string[] = [];
    let [answered, warned] = [0, 0];
    for await (const rows of this.#decode(piece, rejects)) {
      const answers = bindAnswers(signature, await this.#infer(rows));
      this.#encode(encoder, rows, answers, names, tallies);
      answered += rows.count;
      warned += rows.warnings.size;
      for (const [told] of rows.warnings.values()) {
        if (warnings.length >= MOST_TOLD) break;
        if (told !== undefined) warnings.push(told);
      }
    }
    const { bytes, about } = encoder.finish();
    const { rejected, filtered } = rejects;
    const counts: Counts = { read: answered + rejected + filtered, answered, rejected, filtered };
    return { counts, bytes: this.#packed(bytes), about, rejects: rejects.bytes(), warned, warnings, tallies };
  }

  #encode(
    encoder: Encoder,
    { count, kept, warnings }: DecodedRows,
    answers: ReturnType<typeof bindAnswers>,
    names: readonly string[],
    tallies: Record<string, Tally>,
  ): void {
    const all = answers.cells;
    const byName = new Map(all.map((cell) => [cell.name, cell]));
    const cells = names.map((name) => {
      const cell = byName.get(name);
      if (cell) return cell;
      throw new Error(`the answer has no ${name}`);
    });
    encoder.add({ count, kept, cells, all: all.length, json: (row) => answers.json(row, warnings.get(row)) });
    for (const cell of cells) countIn((tallies[cell.name] ??= emptyTally(cell.name, cell)), cell, count);
  }

  async *#decode(piece: Piece, rejects: Rejects): AsyncGenerator<DecodedRows> {
    const { onError } = this.#spec;
    const options = { rows: this.#rows, keep: this.#keep, where: this.#where, onError, told: rejects };
    if (piece.kind === 'text') {
      yield* decodeText(piece, options);
      return;
    }
    const { file } = piece;
    const source = await sources[file.format]();
    const renamed = await this.#namesIn(file);
    const wanted = (this.#rows.layout?.cells ?? [])
      .filter(({ slot }) => slot >= 0)
      .map(({ name }) => renamed.get(name) ?? name);
    const exact = new Set([...this.#keep, ...(this.#where?.columns ?? [])]);
    const table = await source.read?.(piece, new Set([...wanted, ...exact]), exact);
    if (!table) throw new Error(`${file.format} gives no columns`);
    yield* decodeTable(table, { ...options, file, firstRow: piece.from, renamed });
  }

  /** Models of unnamed columns take those of the file in their order, without the ones that are kept. */
  async #namesIn(file: InputFile): Promise<ReadonlyMap<string, string>> {
    const known = this.#renamed.get(file.path);
    if (known) return known;
    const cells = this.#rows.layout?.cells ?? [];
    const renamed = new Map<string, string>();
    if (this.#rows.signature.form !== 'table') {
      const there = [...((await (await sources[file.format]()).types(file)) ?? new Map<string, unknown>()).keys()];
      const left = there.filter((name) => !this.#keep.includes(name));
      if (!cells.some(({ name }) => there.includes(name)) && left.length === cells.length)
        cells.forEach(({ name }, i) => renamed.set(name, left[i] as string));
    }
    this.#renamed.set(file.path, renamed);
    return renamed;
  }

  async #infer({ tensors, count }: DecodedRows): Promise<Record<string, Tensor>> {
    const options = { outputs: this.#wanted };
    if (!this.#spec.signature.oneByOne) return this.#model.infer(tensors, options);
    const parts: Record<string, Tensor>[] = [];
    for (let row = 0; row < count; row++)
      parts.push(await this.#model.infer(sliceRows(tensors, row, row + 1), options));
    return joinRows(parts);
  }

  #packed(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0 || this.#spec.compression === 'none') return bytes;
    return gzipSync(bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#model[Symbol.asyncDispose]();
  }
}
