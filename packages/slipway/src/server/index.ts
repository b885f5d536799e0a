export type { EnabledWire } from './enabled-wires.ts';
export { startServer, type RunningServer, type ServerOptions } from './start-server.ts';
export type { Ready } from './workers/messages.ts';
export { memberOf } from './workers/member.ts';
export { stopOnSignals } from './stop-on-signals.ts';
export { readTls } from './tls/files.ts';
