import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { fail } from '@slipway/core/errors';
import type { Log } from '../log.ts';
import { SpanExporter } from './exporter.ts';
import type { Attributes } from './otlp.ts';
import { samplerNamed, samplerNames } from './sampler.ts';
import { Tracer } from './tracer.ts';

export interface TracerOptions {
  /** `http://collector:4318`; `/v1/traces` is added. Undefined: requests are not traced. */
  readonly endpoint: string | undefined;
  /** OTEL_… are read from here, as the specification of OpenTelemetry names them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Log;
  readonly everyMs?: number | undefined;
}

/**
 * Traces as OpenTelemetry's variables say; undefined where there is no endpoint. USAGE for what cannot be.
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function openTracer({ endpoint, environment, version, log, everyMs }: TracerOptions): Tracer | undefined {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const whole = given('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const address = whole ?? (endpoint === undefined ? undefined : `${endpoint.replace(/\/+$/, '')}/v1/traces`);
  if (address === undefined || given('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  if (given('OTEL_TRACES_EXPORTER') === 'none') return undefined;
  const ratioText = given('OTEL_TRACES_SAMPLER_ARG') ?? '1';
  const ratio = Number(ratioText);
  if (!(ratio >= 0 && ratio <= 1)) throw wrong('OTEL_TRACES_SAMPLER_ARG', 'a share from 0 to 1', ratioText);
  const name = given('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on';
  const sampler = samplerNamed(name, ratio);
  if (!sampler) throw wrong('OTEL_TRACES_SAMPLER', samplerNames.join(', '), name);
  if (!URL.canParse(address) || !/^https?:/.test(address))
    throw wrong('--otlp-endpoint', 'an address such as http://127.0.0.1:4318', endpoint ?? whole ?? '');
  const headers = pairs('OTEL_EXPORTER_OTLP_HEADERS', given('OTEL_EXPORTER_OTLP_HEADERS'));
  const own = pairs('OTEL_EXPORTER_OTLP_TRACES_HEADERS', given('OTEL_EXPORTER_OTLP_TRACES_HEADERS'));
  const resource: Attributes = {
    'service.name': 'slipway',
    'service.version': version,
    'service.instance.id': randomUUID(),
    'host.name': hostname(),
    'process.pid': process.pid,
    ...pairs('OTEL_RESOURCE_ATTRIBUTES', given('OTEL_RESOURCE_ATTRIBUTES')),
    ...(given('OTEL_SERVICE_NAME') ? { 'service.name': given('OTEL_SERVICE_NAME') } : {}),
    'telemetry.sdk.language': 'nodejs',
    'telemetry.sdk.name': 'slipway',
    'telemetry.sdk.version': version,
  };
  const exporter = new SpanExporter({ url: address, headers: { ...headers, ...own }, resource, version, log, everyMs });
  return new Tracer(sampler, exporter);
}

/** `a=1,b=two%20words` */
function pairs(name: string, text = ''): Record<string, string> {
  const parts = text.split(',').filter((part) => part.trim() !== '');
  return Object.fromEntries(
    parts.map((part) => {
      const at = part.indexOf('=');
      // Values may be secrets: they are not told.
      if (at < 1) throw wrong(name, 'NAME=VALUE pairs, separated by commas', part.slice(0, Math.max(0, at)) || '…');
      try {
        return [part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())];
      } catch {
        throw wrong(name, 'percent-encoded values', part.slice(0, at));
      }
    }),
  );
}

function wrong(name: string, expected: string, received: string) {
  return fail('USAGE', {
    problem: `${name}: expected ${expected}, received ${JSON.stringify(received.slice(0, 200))}.`,
    advice: 'See docs/how-to/monitor.md for tracing.',
  });
}
