import type { Server } from 'node:http';
import type { HostLimits } from './host.ts';
import { createSecureServer, createServer } from './node-http.ts';
import type { Tls } from './tls/reload.ts';

const HEADERS_MS = 15_000;
/** A client that connects and does not go on holds a socket no longer than that. */
const HANDSHAKE_MS = 10_000;

/** A server of node:http, or of node:https where there are certificates, with every limit set. It does not listen yet. */
export function createSocketServer(limits: HostLimits, tls: Tls | undefined): Server {
  const options = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: Math.min(limits.requestTimeoutMs, HEADERS_MS),
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.requestTimeoutMs),
    // Longer than the usual 60 s of load balancers, which otherwise may send into a connection that is closing.
    keepAliveTimeout: 65_000,
    noDelay: true,
  };
  if (!tls) return createServer(options);
  const server = createSecureServer({
    ...options,
    ...tls.material.context,
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: tls.asksClients,
    rejectUnauthorized: true,
  });
  tls.attach(server);
  return server;
}
