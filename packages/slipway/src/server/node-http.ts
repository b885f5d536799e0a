import type { Server, ServerOptions } from 'node:https';

/**
 * What the server uses of node:http.
 *
 * An `import` of that module reads all of its exports, and reading `WebSocket` loads a whole HTTP client: 45 ms and 13 MB at
 * every start, for nothing.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');

/** For servers with certificates only. */
export function createSecureServer(options: ServerOptions): Server {
  return process.getBuiltinModule('node:https').createServer(options);
}
