import { version } from '../intake/version.ts';
import type { Ready } from '../server/index.ts';
import type { Terminal } from './terminal.ts';

/** Says where the server listens, and how to try it. */
export function announce(
  terminal: Terminal,
  json: boolean,
  { url, host, port, grpcPort, wires, models, command }: Ready,
  workers = 1,
): void {
  if (json) {
    const more = {
      ...(workers > 1 ? { workers } : {}),
      ...(grpcPort === undefined ? {} : { grpc_port: grpcPort }),
      ...(Object.keys(wires).length > 0 ? { wires } : {}),
    };
    return terminal.printJson({ url, host, port, pid: process.pid, ...more, try: command ?? null });
  }
  terminal.say();
  const shared = workers > 1 ? `, with ${workers} workers` : '';
  terminal.say(
    `  ${terminal.errStyle('bold', `Slipway ${version}`)} is listening on ${terminal.errStyle('cyan', url)}${shared}`,
  );
  for (const [name, at] of Object.entries(wires)) terminal.say(`  ${name} on ${at}`);
  if (grpcPort !== undefined) terminal.say(`  gRPC on port ${grpcPort}`);
  for (const [label, runtimes] of models) terminal.say(`  ${label}  (${runtimes.join(' and ')})`);
  if (command) {
    terminal.say();
    terminal.say('  Try it:');
    terminal.say(`  ${command}`);
  }
  terminal.say();
}
