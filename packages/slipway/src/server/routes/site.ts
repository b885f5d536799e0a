import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { Call, Reply, Route } from '@slipway/core/protocols';
import { siteFiles, siteFolder } from '../pages/site.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** The documentation, and the page that converts files in the browser, as any host for static files would serve them. */
export function siteRoutes(): Route[] {
  const home: Route = {
    method: 'GET',
    path: '/ui/site',
    trailingSlash: true,
    access: 'public',
    handle: () => ({
      status: 308,
      headers: ['location', '/ui/site/index.html', 'cache-control', 'no-cache'],
      body: '',
    }),
  };
  const files = ['/ui/site/{name}', '/ui/site/{folder}/{name}'].map((path): Route => ({
    method: 'GET',
    path,
    access: 'public',
    handle: serve,
  }));
  return [home, ...files];
}

function serve(call: Call): Reply {
  const { folder: part, name = '' } = call.params;
  const path = part === undefined ? name : `${part}/${name}`;
  const type = Object.hasOwn(types, extname(path)) ? types[extname(path)] : undefined;
  const folder = siteFolder();
  if (!folder) {
    const hint = 'The documentation is not built in this checkout: npm run docs:site';
    throw fail('ROUTE_NOT_FOUND', { method: 'GET', path: `/ui/site/${path}` }, { hint });
  }
  if (!type || !siteFiles(folder).has(path)) {
    throw fail(
      'ROUTE_NOT_FOUND',
      { method: 'GET', path: `/ui/site/${path}` },
      { hint: 'Start at /ui/site/index.html.' },
    );
  }
  const body = readFileSync(new URL(path, folder));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
  // Each page brings its own policy; a page cannot forbid frames around itself.
  const policy = [
    'content-security-policy',
    "frame-ancestors 'none'",
    'x-frame-options',
    'DENY',
    'referrer-policy',
    'no-referrer',
  ];
  const headers = ['content-type', type, 'etag', etag, 'cache-control', 'no-cache', ...policy];
  return call.header('if-none-match') === etag ? { status: 304, headers, body: '' } : { status: 200, headers, body };
}
