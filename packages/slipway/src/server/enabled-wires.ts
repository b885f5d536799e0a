import { fail } from '@slipway/core/errors';
import { optionalWires, wires, type Protocol } from '@slipway/core/protocols';

/** `--wire NAME[=PORT]` */
export interface EnabledWire {
  readonly name: string;
  /** Undefined: on the port of the server. */
  readonly port?: number | undefined;
}

interface Enabled {
  /** Wires that join those of the server's own port. */
  readonly here: readonly Protocol[];
  /** Wires with a port of their own. */
  readonly apart: readonly { readonly name: string; readonly port: number; readonly protocol: Protocol }[];
}

/** Finds the wires that a server is told to speak. USAGE for unknown ones, and for two that claim the same paths. */
export function enabledWires(asked: readonly EnabledWire[] = []): Enabled {
  const found = asked.map(({ name, port }) => ({ name, port, protocol: wireNamed(name) }));
  const here = found.filter(({ port }) => port === undefined).map(({ protocol }) => protocol);
  const added = [...new Set(here)].filter((wire) => optionalWires.includes(wire));
  const [first, second] = added;
  if (first && second) {
    const problem = `--wire: ${first.id} and ${second.id} both claim /models.`;
    throw fail('USAGE', { problem, advice: `Give one of them a port of its own: --wire ${second.id}=8081.` });
  }
  return {
    here: added,
    apart: found.flatMap(({ name, port, protocol }) => (port === undefined ? [] : [{ name, port, protocol }])),
  };
}

/** A wire by its name; `sagemaker` and `torchserve` mean what is off otherwise. */
function wireNamed(name: string): Protocol {
  const optional = optionalWires.find(({ id }) => id === name || id.startsWith(`${name}-`));
  const found = optional ?? wires.find(({ id }) => id === name);
  if (found) return found;
  const names = [...optionalWires, ...wires].map(({ id }) => id).join(', ');
  throw fail('USAGE', { problem: `--wire: there is no wire ${JSON.stringify(name)}.`, advice: `Wires: ${names}.` });
}
