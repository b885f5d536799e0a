import { SlipwayError } from '@slipway/core/errors';
import type { Servable, ServableStatistics } from '@slipway/core/protocols';
import { MISSING, type Rows, type Signature, type TensorSpec } from '@slipway/core/signature';
import { joinRows, sliceRows, type Tensor } from '@slipway/core/tensor';
import type { EndpointRoute, RoutedTarget } from './endpoint-route.ts';
import type { ServedModel } from './served-model.ts';
import type { Shadows } from './shadows.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** The version behind a reference: at once when it is in memory. */
export type FindModel = (ref: string) => ServedModel | Promise<ServedModel>;

/** One request to an endpoint: it looks like a model, and is the version that was chosen for its caller. */
export class EndpointCall implements Servable {
  readonly #route: EndpointRoute;
  readonly #shadows: Shadows;
  readonly #find: FindModel;
  #target: RoutedTarget;
  #model: ServedModel;

  constructor(route: EndpointRoute, target: RoutedTarget, model: ServedModel, find: FindModel, shadows: Shadows) {
    this.#route = route;
    this.#target = target;
    this.#model = model;
    this.#find = find;
    this.#shadows = shadows;
  }

  get name(): string {
    return this.#model.name;
  }

  get version(): number | undefined {
    return this.#model.version;
  }

  get label(): string {
    return this.#model.label;
  }

  get digest(): string {
    return this.#model.digest;
  }

  get signature(): Signature {
    return this.#model.signature;
  }

  get outputs(): readonly TensorSpec[] {
    return this.#model.outputs;
  }

  get statistics(): ServableStatistics {
    return this.#model.statistics;
  }

  get rows(): Rows {
    return this.#model.rows;
  }

  answerRow(row: unknown, ignoreExtra: boolean): string | undefined {
    const column = this.#column();
    if (column !== undefined) {
      const target = this.#route.choose(keyOfCell(cellOf(row, column))) ?? this.#target;
      const model = this.#find(target.ref);
      // It is just being loaded: the long way waits for it.
      if (model instanceof Promise) return undefined;
      this.#target = target;
      this.#model = model;
    }
    const begin = performance.now();
    const answer = this.#model.answerRow(row, ignoreExtra);
    // What needs the long way is counted there.
    if (answer === undefined) return undefined;
    const end = performance.now();
    this.#target.health.observe(end, end - begin, false);
    this.#shadows.row(this.#route.rule, row, ignoreExtra, answer);
    return answer;
  }

  hold(): () => void {
    return this.#model.hold();
  }

  async infer(inputs: Tensors, count: number, signal: AbortSignal): Promise<Tensors> {
    const column = this.#column();
    const cells = column === undefined ? undefined : inputs[column];
    const outputs =
      cells && count > 0
        ? await this.#inferSplit(inputs, count, cells, signal)
        : await observed(this.#target, this.#model, inputs, count, signal);
    this.#shadows.batch(this.#route.rule, this.signature, inputs, count, outputs);
    return outputs;
  }

  /** Rows that belong to different versions are answered by each, and put back in their order. */
  async #inferSplit(inputs: Tensors, count: number, cells: Tensor, signal: AbortSignal): Promise<Tensors> {
    const parts = new Map<RoutedTarget, number[]>();
    for (let i = 0; i < count; i++) {
      const target = this.#route.choose(keyOfCell(cells.data[i])) ?? this.#target;
      const rows = parts.get(target);
      if (rows) rows.push(i);
      else parts.set(target, [i]);
    }
    // The label of an answer names one version: the one with the most rows.
    const byRows = [...parts].toSorted(([, a], [, b]) => b.length - a.length);
    const [most] = byRows[0] as [RoutedTarget, number[]];
    this.#target = most;
    this.#model = await this.#find(most.ref);
    if (byRows.length === 1) return await observed(most, this.#model, inputs, count, signal);
    const answered: Record<string, Tensor>[] = [];
    for (const [target, rows] of byRows) {
      const own = joinRows(rows.map((row) => sliceRows(inputs, row, row + 1)));
      const outputs = await observed(target, await this.#find(target.ref), own, rows.length, signal);
      rows.forEach((row, i) => (answered[row] = sliceRows(outputs, i, i + 1)));
    }
    return joinRows(answered);
  }

  #column(): string | undefined {
    const { sticky } = this.#route.rule;
    return sticky && 'column' in sticky ? sticky.column : undefined;
  }
}

async function observed(
  { health }: RoutedTarget,
  model: ServedModel,
  inputs: Tensors,
  count: number,
  signal: AbortSignal,
): Promise<Tensors> {
  const begin = performance.now();
  try {
    const outputs = await model.infer(inputs, count, signal);
    const end = performance.now();
    health.observe(end, end - begin, false);
    return outputs;
  } catch (error) {
    const end = performance.now();
    if (isOurs(error, signal)) health.observe(end, end - begin, true);
    throw error;
  }
}

/** A client that sends what cannot be, or goes away, is not the fault of the version; nor is a queue that is full. */
function isOurs(error: unknown, signal: AbortSignal): boolean {
  if (error instanceof SlipwayError) return error.status >= 500 && error.code !== 'OVERLOADED';
  return !signal.aborted;
}

function cellOf(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null && Object.hasOwn(row, column)
    ? (row as Record<string, unknown>)[column]
    : undefined;
}

/** The same text for a cell of a row and for that of a tensor. */
function keyOfCell(cell: unknown): string | undefined {
  switch (typeof cell) {
    case 'boolean':
      return String(Number(cell));
    case 'number':
      return Number.isNaN(cell) ? undefined : String(cell);
    case 'bigint':
      return String(cell);
    case 'string':
      return cell === MISSING ? undefined : cell;
    default:
      return undefined;
  }
}
