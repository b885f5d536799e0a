import type { Server } from 'node:tls';
import type { Log } from '../../telemetry/index.ts';
import { readTls, stateOf, type TlsMaterial, type TlsPaths } from './files.ts';

/** How often the files are looked at: polling sees what watching misses, such as a volume that Kubernetes swaps. */
const LOOK_MS = 1000;
const DAY_MS = 86_400_000;
/** From then on the log says every start and every day that the certificate runs out. */
const SOON_DAYS = 14;

/** The certificates of a server, which follow their files. */
export interface Tls {
  readonly material: TlsMaterial;
  /** A client needs a certificate of its own. */
  readonly asksClients: boolean;
  /** From now on new connections of this server use what is in the files. */
  attach(server: Pick<Server, 'setSecureContext'>): void;
  close(): void;
}

/** Opens the files; what is wrong with them now is thrown, what goes wrong with them later is logged. */
export function openTls(paths: TlsPaths, log: Log, lookMs = LOOK_MS): Tls {
  const servers = new Set<Pick<Server, 'setSecureContext'>>();
  let used = stateOf(paths);
  let seen = used;
  let material = readTls(paths);
  let warnedAt = -Infinity;
  warnOfEnd();

  const timer = setInterval(() => {
    warnOfEnd();
    const now = stateOf(paths);
    // Certificate and key are replaced one after the other: they are read when both have come to rest.
    if (now !== seen) seen = now;
    else if (now !== used) {
      used = now;
      reload();
    }
  }, lookMs);
  timer.unref();

  function reload(): void {
    try {
      material = readTls(paths);
      for (const server of servers) server.setSecureContext(material.context);
      log.info('certificate reloaded', { path: paths.cert, expires: material.expiresAt });
    } catch (error) {
      log.error('certificate not reloaded, the one before stays in use', { error, expires: material.expiresAt });
    }
  }

  function warnOfEnd(): void {
    const left = Date.parse(material.expiresAt) - Date.now();
    if (left > SOON_DAYS * DAY_MS || performance.now() - warnedAt < DAY_MS) return;
    warnedAt = performance.now();
    log.warn(left > 0 ? 'the certificate expires soon' : 'the certificate has expired', {
      path: paths.cert,
      expires: material.expiresAt,
    });
  }

  return {
    get material() {
      return material;
    },
    asksClients: paths.clientCa !== undefined,
    attach: (server) => void servers.add(server),
    close: () => clearInterval(timer),
  };
}
