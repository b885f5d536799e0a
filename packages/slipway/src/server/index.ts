export { startServer, type RunningServer, type ServerOptions } from './start-server.ts';
export { stopOnSignals } from './stop-on-signals.ts';
