/**
 * What the server uses of node:http.
 *
 * An `import` of that module reads all of its exports, and reading `WebSocket` loads a whole HTTP client: 45 ms and 13 MB at
 * every start, for nothing.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
