import { fail } from '@slipway/core/errors';
import type { Call, ListedModel, Plane, Servable } from '@slipway/core/protocols';
import { silentLog, type Log } from '../telemetry/index.ts';
import { EndpointCall } from './endpoint-call.ts';
import { EndpointRoute, type EndpointRule } from './endpoint-route.ts';
import type { ModelPlane } from './model-plane.ts';
import type { ServedModel } from './served-model.ts';
import { Shadows } from './shadows.ts';

/** How often the health of targets is looked at. */
const LOOK_MS = 1000;

/** How a target of an endpoint does, on this server. */
export interface TargetStatus {
  readonly ref: string;
  readonly requests: number;
  readonly errorRate: number;
  readonly p99Ms: number;
}

/** Models and endpoints under their names: a name that leads to several versions answers with the one for the request. */
export class EndpointPlane implements Plane {
  readonly #models: ModelPlane;
  readonly #log: Log;
  readonly #routes = new Map<string, EndpointRoute>();
  readonly #shadows: Shadows;
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: (() => void) | undefined;
  #loading: Promise<void>;
  /** An endpoint sends callers by a header. */
  #hasHeaders = false;
  #isBusy = false;
  #isStale = false;
  #isDraining = false;

  constructor(models: ModelPlane, log: Log = silentLog) {
    this.#models = models;
    this.#log = log;
    this.#shadows = new Shadows((ref) => models.find(ref));
    this.#unwatch = models.source?.watch(() => void this.refresh());
    this.#loading = this.refresh();
    this.#timer = setInterval(() => this.#watchHealth(), LOOK_MS);
    this.#timer.unref();
  }

  find(ref: string | undefined, key?: string): Servable | Promise<Servable> {
    if (ref === undefined) return this.#models.find(ref);
    const route = this.#routes.get(ref);
    if (route) return this.#ask(route, key);
    const found = this.#models.find(ref);
    if (!(found instanceof Promise)) return found;
    // It may fail before the endpoints are read, when nobody listens to it yet: that would end the process.
    found.catch(() => undefined);
    // Unknown so far: an endpoint may have been made since the last look.
    return this.#loading.then(() => {
      const late = this.#routes.get(ref);
      if (!late) return found;
      return this.#ask(late, key);
    });
  }

  turn(): Promise<void> {
    return this.#models.turn();
  }

  forCall(call: Pick<Call, 'header'>): Plane | undefined {
    // Only a header can tell requests apart; without one nothing is made for each.
    if (!this.#hasHeaders) return undefined;
    return {
      find: (ref) => this.find(ref, this.#keyOf(ref, call)),
      turn: () => this.turn(),
      list: (name) => this.list(name),
      isReady: () => this.isReady(),
      isDraining: () => this.isDraining(),
      load: (ref, place) => this.load(ref, place),
      unload: (ref) => this.unload(ref),
    };
  }

  list(name?: string): Promise<ListedModel[]> {
    return this.#models.list(name);
  }

  isReady(): boolean {
    return !this.#isDraining && this.#models.isReady();
  }

  isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on it says that it is not ready; what comes is answered all the same. */
  drain(): void {
    this.#isDraining = true;
  }

  load(ref: string, place?: string): Promise<Servable> {
    return this.#models.load(ref, place);
  }

  unload(ref: string): Promise<void> {
    return this.#models.unload(ref);
  }

  /** Rows by endpoint, shadow and how its answers compare. */
  shadowCounts(): ReturnType<Shadows['counts']> {
    return this.#shadows.counts();
  }

  /** How the targets of an endpoint do; empty for a name that is none. */
  statuses(name: string): TargetStatus[] {
    const now = performance.now();
    return (this.#routes.get(name)?.targets ?? []).map(({ ref, health }) => ({ ref, ...health.summary(now) }));
  }

  /** Shares and health of every target, by endpoint. */
  targets(): (TargetStatus & { readonly endpoint: string; readonly share: number })[] {
    return [...this.#routes].flatMap(([endpoint, { rule }]) => {
      const total = rule.targets.reduce((sum, { weight, paused }) => sum + (paused === undefined ? weight : 0), 0);
      const statuses = new Map(this.statuses(endpoint).map((status) => [status.ref, status]));
      return rule.targets.map(({ ref, weight, paused }) => ({
        requests: 0,
        errorRate: 0,
        p99Ms: 0,
        ...statuses.get(ref),
        ref,
        endpoint,
        share: statuses.has(ref) && paused === undefined && total > 0 ? weight / total : 0,
      }));
    });
  }

  /** Reads the endpoints again and brings their versions into memory; a failure keeps what is known. */
  async refresh(): Promise<void> {
    if (this.#isBusy) {
      this.#isStale = true;
      return await this.#loading;
    }
    this.#isBusy = true;
    this.#loading = this.#read().finally(() => {
      this.#isBusy = false;
      if (!this.#isStale) return;
      this.#isStale = false;
      void this.refresh();
    });
    await this.#loading;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unwatch?.();
  }

  async #read(): Promise<void> {
    try {
      const rules = (await this.#models.source?.endpoints?.()) ?? [];
      // Traffic may come to each of them at any time.
      this.#models.pin('endpoints', rules.flatMap(targetsOf));
      for (const rule of rules) this.#routes.set(rule.name, await this.#open(rule));
      const names = new Set(rules.map(({ name }) => name));
      for (const name of this.#routes.keys()) if (!names.has(name)) this.#routes.delete(name);
      this.#hasHeaders = rules.some(({ sticky }) => sticky !== undefined && 'header' in sticky);
    } catch (error) {
      this.#log.warn('endpoints not read', { error });
    }
  }

  /** A version that does not load, or fails its goldens, gets no requests. */
  async #open(rule: EndpointRule): Promise<EndpointRoute> {
    const broken = new Set<string>();
    const refs = targetsOf(rule);
    for (const ref of refs) {
      try {
        await this.#models.find(ref);
      } catch (error) {
        broken.add(ref);
        this.#log.error('target not served', { endpoint: rule.name, ref, error });
        const why = error instanceof Error ? error.message : 'it could not be loaded';
        if (ref !== rule.targets[0]?.ref && !rule.shadows.includes(ref)) await this.#pause(rule, ref, why);
      }
    }
    return new EndpointRoute(rule, broken, this.#routes.get(rule.name));
  }

  #ask(route: EndpointRoute, key: string | undefined): Servable | Promise<Servable> {
    const target = route.choose(key);
    if (!target) throw fail('NOT_READY', { problem: `No version behind the endpoint ${route.rule.name} can answer.` });
    const find = (ref: string): ServedModel | Promise<ServedModel> => this.#models.find(ref);
    const model = find(target.ref);
    const call = (found: ServedModel) => new EndpointCall(route, target, found, find, this.#shadows);
    return model instanceof Promise ? model.then(call) : call(model);
  }

  #keyOf(ref: string | undefined, call: Pick<Call, 'header'>): string | undefined {
    const sticky = ref === undefined ? undefined : this.#routes.get(ref)?.rule.sticky;
    return sticky && 'header' in sticky ? call.header(sticky.header.toLowerCase()) : undefined;
  }

  #watchHealth(): void {
    const now = performance.now();
    for (const route of this.#routes.values()) {
      const found = route.unhealthy(now);
      if (!found) continue;
      const { rule } = route;
      this.#log.warn('target paused', { endpoint: rule.name, ref: found.ref, why: found.why });
      // Here at once; everywhere else as soon as it is written.
      this.#routes.set(rule.name, new EndpointRoute(rule, new Set([found.ref]), route));
      void this.#pause(rule, found.ref, found.why);
    }
  }

  async #pause(rule: EndpointRule, ref: string, why: string): Promise<void> {
    try {
      await this.#models.source?.pauseTarget?.(rule, ref, why);
    } catch (error) {
      this.#log.error('pause not written', { endpoint: rule.name, ref, error });
    }
  }
}

/** What gets requests or copies of them. */
function targetsOf({ targets, shadows }: EndpointRule): string[] {
  const asked = targets.filter(({ weight, paused }) => weight > 0 && paused === undefined);
  return [...asked.map(({ ref }) => ref), ...shadows];
}
