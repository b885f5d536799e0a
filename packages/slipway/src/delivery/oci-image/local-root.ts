import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { fail } from '@slipway/core/errors';
import { architectureHere } from './platform.ts';
import type { TarEntry } from './tar.ts';

/** Who the server runs as; the number that other images without a shell use for "nonroot". */
export const nonRoot = 65532;

/** Where Node is in images that we lay the base of. */
export const nodePlace = 'usr/local/bin/node';

/** What Node, ONNX Runtime and looking up names need of the C and C++ libraries. */
const libraries = [
  'libc.so.6',
  'libm.so.6',
  'libdl.so.2',
  'libpthread.so.0',
  'librt.so.1',
  'libstdc++.so.6',
  'libgcc_s.so.1',
  'libresolv.so.2',
  'libnss_dns.so.2',
  'libnss_files.so.2',
];

const loaders = { amd64: '/lib64/ld-linux-x86-64.so.2', arm64: '/lib/ld-linux-aarch64.so.1' } as const;

/**
 * The smallest root that runs Node: this machine's Node and C libraries, root certificates, a user that is not root. No shell,
 * no package manager. UNDELIVERABLE where this machine is no Linux with glibc.
 */
export function localRoot(): TarEntry[] {
  const architecture = architectureHere();
  const { glibcVersionRuntime, sharedObjects } = hereOf(process.report.getReport());
  if (process.platform !== 'linux' || !glibcVersionRuntime || !architecture) {
    throw fail('UNDELIVERABLE', {
      target: 'oci-image',
      why: 'the base of an image is made from the Node and the C libraries of this machine, which is no Linux with glibc on x64 or arm64.',
      advice:
        'Name a base that has Node 24: --base gcr.io/distroless/nodejs24-debian13, an OCI layout, or a root folder.',
    });
  }
  const found = new Map<string, TarEntry>();
  const folders = [...new Set(sharedObjects.filter((path) => path.includes('.so')).map((path) => dirname(path)))];
  addPath(found, loaders[architecture]);
  for (const name of libraries) {
    const folder = folders.find((one) => existsSync(join(one, name)));
    if (folder !== undefined) addPath(found, join(folder, name));
  }
  for (const name of ['libc6', 'libstdc++6', 'libgcc-s1']) {
    const notice = `/usr/share/doc/${name}/copyright`;
    if (existsSync(notice)) addPath(found, notice);
  }
  const text = (path: string, value: string): TarEntry => ({ path, bytes: new TextEncoder().encode(value) });
  const release = '/etc/os-release';
  return [
    ...found.values(),
    { path: nodePlace, mode: 0o755, bytes: readFileSync(process.execPath) },
    { path: 'tmp', folder: true, mode: 0o1777 },
    text('etc/passwd', `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${nonRoot}:${nonRoot}:nonroot:/tmp:/sbin/nologin\n`),
    text('etc/group', `root:x:0:\nnonroot:x:${nonRoot}:\n`),
    text('etc/nsswitch.conf', 'hosts: files dns\n'),
    ...(existsSync(release) ? [text('etc/os-release', readFileSync(release, 'utf8'))] : []),
    text('etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`),
  ];
}

/** A folder that is the root of a system, as it is; Node is added where it has none. */
export function rootFolder(folder: string): TarEntry[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry): TarEntry[] => {
    const path = join(entry.parentPath, entry.name);
    const inside = path.slice(folder.length).replace(/^\//, '');
    const mode = lstatSync(path).mode & 0o7777;
    if (entry.isSymbolicLink()) return [{ path: inside, link: readlinkSync(path), mode: 0o777 }];
    if (entry.isDirectory()) return [{ path: inside, folder: true, mode }];
    return entry.isFile() ? [{ path: inside, bytes: readFileSync(path), mode }] : [];
  });
  const hasNode = entries.some(({ path }) => path === nodePlace);
  return hasNode ? entries : [...entries, { path: nodePlace, mode: 0o755, bytes: readFileSync(process.execPath) }];
}

/** Adds a file with every link on the way to it, so that the same path leads to it in the image. */
function addPath(found: Map<string, TarEntry>, path: string): void {
  const parts = path.split('/').filter((part) => part !== '');
  let at = '';
  for (const [i, part] of parts.entries()) {
    at = `${at}/${part}`;
    const stat = lstatSync(at);
    const inside = at.slice(1);
    if (stat.isSymbolicLink()) {
      const link = readlinkSync(at);
      found.set(inside, { path: inside, link, mode: 0o777 });
      const rest = parts.slice(i + 1).join('/');
      addPath(found, join(link.startsWith('/') ? link : join(dirname(at), link), rest));
      return;
    }
    if (stat.isFile()) found.set(inside, { path: inside, bytes: readFileSync(at), mode: stat.mode & 0o755 });
  }
}

function hereOf(report: unknown): { glibcVersionRuntime: boolean; sharedObjects: string[] } {
  const { header, sharedObjects } = Object(report) as Record<string, unknown>;
  return {
    glibcVersionRuntime: typeof (Object(header) as Record<string, unknown>)['glibcVersionRuntime'] === 'string',
    sharedObjects: Array.isArray(sharedObjects) ? sharedObjects.map(String) : [],
  };
}
