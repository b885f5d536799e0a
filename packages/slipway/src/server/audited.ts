import type { Call, Plane, Protocol, Route } from '@slipway/core/protocols';
import { auditStatement } from '../access/index.ts';
import type { RowStore } from '../stores/index.ts';
import type { Log } from '../telemetry/index.ts';

type Caller = Pick<Call, 'caller' | 'requestId'>;

/** Notes who loaded and unloaded models by request, over any wire. */
export class ServiceAudit {
  readonly #rows: RowStore;
  readonly #log: Log;

  constructor(rows: RowStore, log: Log) {
    this.#rows = rows;
    this.#log = log;
  }

  /** The wire with its changes noted. */
  wire(protocol: Protocol): Protocol {
    const noted = (route: Route): Route =>
      route.access === 'deploy'
        ? { ...route, handle: (call, plane) => route.handle(call, this.plane(plane, call)) }
        : route;
    return { ...protocol, routes: protocol.routes.map(noted) };
  }

  /** The models as this caller changes them. */
  plane(plane: Plane, caller: Caller): Plane {
    return {
      find: (ref) => plane.find(ref),
      turn: () => plane.turn(),
      list: (name) => plane.list(name),
      isReady: () => plane.isReady(),
      isDraining: () => plane.isDraining?.() === true,
      load: async (ref, place) => {
        const model = await plane.load(ref, place);
        await this.#note(caller, 'model.load', ref, place === undefined ? {} : { place });
        return model;
      },
      unload: async (ref) => {
        await plane.unload(ref);
        await this.#note(caller, 'model.unload', ref, {});
      },
    };
  }

  async #note(
    { caller, requestId }: Caller,
    action: string,
    target: string,
    details: Record<string, unknown>,
  ): Promise<void> {
    const actor = { name: caller, requestId };
    try {
      await this.#rows.write([auditStatement(actor, action, target, new Date().toISOString(), details)]);
    } catch (error) {
      // What was done is done: it is no reason to tell the caller that it failed.
      this.#log.error('change not noted', { action, target, caller, request_id: requestId, error });
    }
  }
}
