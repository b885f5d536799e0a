import { setImmediate as turn } from 'node:timers/promises';
import { bindAnswers, type Signature } from '@slipway/core/signature';
import type { Tensor } from '@slipway/core/tensor';
import type { FindModel } from './endpoint-call.ts';
import type { EndpointRule } from './endpoint-route.ts';
import type { ServedModel } from './served-model.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** How the answer of a shadow compares: the same text, the same prediction, another one, none at all. */
export type ShadowResult = 'equal' | 'agrees' | 'differs' | 'failed' | 'dropped';

/** Copies that wait or run; further ones are dropped, for shadows must never slow what is answered. */
const MOST_COPIES = 32;

/** Sends copies of what was answered to the shadows of endpoints, and counts how their answers compare. */
export class Shadows {
  readonly #counts = new Map<
    string,
    { readonly endpoint: string; readonly model: string; readonly result: ShadowResult; count: number }
  >();
  readonly #find: FindModel;
  #running = 0;

  constructor(find: FindModel) {
    this.#find = find;
  }

  /** A row that was answered the fast way. */
  row({ name, shadows }: EndpointRule, row: unknown, ignoreExtra: boolean, answer: string): void {
    for (const ref of shadows) {
      this.#copy(name, ref, 1, async (shadow) => {
        const quick = shadow.answerRow(row, ignoreExtra);
        if (quick !== undefined) return [compared(answer, quick)];
        const { tensors } = shadow.rows.decode(row, { extra: 'ignore' });
        const outputs = await shadow.infer(tensors, 1, new AbortController().signal);
        return [compared(answer, bindAnswers(shadow.signature, outputs).json(0))];
      });
    }
  }

  /** A batch that was answered. */
  batch({ name, shadows }: EndpointRule, signature: Signature, inputs: Tensors, count: number, outputs: Tensors): void {
    for (const ref of shadows) {
      this.#copy(name, ref, count, async (shadow) => {
        const others = await shadow.infer(inputs, count, new AbortController().signal);
        const [own, other] = [bindAnswers(signature, outputs), bindAnswers(shadow.signature, others)];
        return Array.from({ length: count }, (_, i) => compared(own.json(i), other.json(i)));
      });
    }
  }

  /** Rows by endpoint, version and result, for metrics. */
  counts(): (readonly [labels: Readonly<Record<string, string>>, value: number])[] {
    return [...this.#counts.values()].map(({ endpoint, model, result, count }) => [{ endpoint, model, result }, count]);
  }

  #copy(
    endpoint: string,
    ref: string,
    rows: number,
    run: (shadow: ServedModel) => Promise<readonly ShadowResult[]>,
  ): void {
    if (this.#running >= MOST_COPIES) return this.#count(endpoint, ref, 'dropped', rows);
    this.#running++;
    void this.#run(endpoint, ref, rows, run).finally(() => this.#running--);
  }

  async #run(
    endpoint: string,
    ref: string,
    rows: number,
    run: (shadow: ServedModel) => Promise<readonly ShadowResult[]>,
  ): Promise<void> {
    // The answer goes out first.
    await turn();
    let label = ref;
    try {
      const shadow = await this.#find(ref);
      ({ label } = shadow);
      for (const result of await run(shadow)) this.#count(endpoint, label, result, 1);
    } catch {
      this.#count(endpoint, label, 'failed', rows);
    }
  }

  #count(endpoint: string, model: string, result: ShadowResult, rows: number): void {
    const key = `${endpoint}\n${model}\n${result}`;
    const known = this.#counts.get(key);
    if (known) known.count += rows;
    else this.#counts.set(key, { endpoint, model, result, count: rows });
  }
}

function compared(answer: string, other: string): ShadowResult {
  if (answer === other) return 'equal';
  const prediction = (text: string) => JSON.stringify((JSON.parse(text) as { prediction?: unknown }).prediction);
  const own = prediction(answer);
  return own !== undefined && own === prediction(other) ? 'agrees' : 'differs';
}
