import type { ServiceChange } from '../../engine/index.ts';
import type { Family } from '../../telemetry/index.ts';

/** What a server says when it listens. */
export interface Ready {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number | undefined;
  /** URLs of the wires with a port of their own. */
  readonly wires: Readonly<Record<string, string>>;
  /** Labels of the models in memory, with their runtimes. */
  readonly models: readonly (readonly [label: string, runtimes: readonly string[]])[];
  /** A line that works when it is pasted into a shell. */
  readonly command: string | undefined;
}

/** Requests that keys made since the last message, by key. */
export type Uses = Readonly<Record<string, number>>;

/** From a worker to the primary. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly ready: Ready }
  | { readonly kind: 'collect'; readonly id: number }
  | { readonly kind: 'families'; readonly id: number; readonly families: readonly Family[] }
  | { readonly kind: 'uses'; readonly uses: Uses }
  | { readonly kind: 'service'; readonly change: ServiceChange };

/** From the primary to a worker. */
export type FromPrimary =
  | { readonly kind: 'snapshot'; readonly id: number }
  | { readonly kind: 'merged'; readonly id: number; readonly families: readonly Family[] }
  | { readonly kind: 'uses'; readonly uses: Uses }
  | { readonly kind: 'service'; readonly change: ServiceChange }
  | { readonly kind: 'stop' };
