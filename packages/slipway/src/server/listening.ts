import { isIPv6, Server as NetServer } from 'node:net';
import { fail } from '@slipway/core/errors';
import type { Log } from '../telemetry/index.ts';
import type { HttpHost } from './host.ts';

/** Listens; ADDRESS_IN_USE, or USAGE where the system refuses the address. */
export function listen(
  http: { readonly server: NetServer },
  host: string,
  port: number,
  reusePort: boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(fail('ADDRESS_IN_USE', { host, port }, { cause: error }));
      else if (error.code === 'EACCES' || error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') {
        const why = `Cannot listen on ${host}:${port}: ${error.message}.`;
        reject(
          fail(
            'USAGE',
            { problem: why, advice: 'Choose another --host or --port; ports below 1024 need rights of the system.' },
            { cause: error },
          ),
        );
      } else reject(error);
    };
    http.server.once('error', refuse);
    http.server.listen({ host, port, reusePort, backlog: 1024 }, () => {
      http.server.off('error', refuse);
      resolve();
    });
  });
}

/** A connection that is idle for so long while the server stops has no request on its way. */
const IDLE_GRACE_MS = 250;

/** Lets running requests finish within the time, then closes. */
export async function close(http: HttpHost, drainTimeoutMs: number, log: Log): Promise<void> {
  http.drain();
  // Only accepting stops here. Closing idle connections at once, as http.Server does, would reset those whose next
  // request is under way; answers close theirs anyway.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(http.server, () => resolve()));
  const idle = setTimeout(() => http.closeIdle(), Math.min(IDLE_GRACE_MS, drainTimeoutMs));
  const late = setTimeout(() => {
    log.warn('requests were cut off', { ms: drainTimeoutMs });
    http.server.closeAllConnections();
  }, drainTimeoutMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(late);
  // Ends the timer that looks for slow requests.
  http.server.close();
}

/** Where a program on this machine calls: `0.0.0.0` and `::` are no addresses for that. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}
