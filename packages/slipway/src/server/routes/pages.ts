import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SlipwayError } from '@slipway/core/errors';
import { preferred, text, type Call, type Reply, type Route } from '@slipway/core/protocols';
import type { ModelPlane } from '../../engine/index.ts';
import { docsPage } from '../pages/docs-page.ts';
import { firstPage } from '../pages/first-page.ts';
import { keyPage } from '../pages/key-page.ts';
import { modelNames } from './models.ts';
import { siteRoutes } from './site.ts';

/** Nothing from elsewhere, nothing inline, no frames around it. */
const PAGE_HEADERS = [
  'content-type',
  'text/html; charset=utf-8',
  'content-security-policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy',
  'no-referrer',
  'x-frame-options',
  'DENY',
  'cache-control',
  'no-store',
];
const ASSETS = {
  'page.css': 'text/css; charset=utf-8',
  'first-page.js': 'text/javascript; charset=utf-8',
  'answer.js': 'text/javascript; charset=utf-8',
  'row-form.js': 'text/javascript; charset=utf-8',
  'docs.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** The pages and what they are made of. `GET /` is `Healthy` for programs and the first page for browsers. */
export function pageRoutes(plane: ModelPlane, version: string): Route[] {
  return [
    {
      method: 'GET',
      path: '/',
      access: 'public',
      handle: (call) => (wantsPage(call) ? showFirstPage(plane, version, call) : text('Healthy')),
    },
    { method: 'GET', path: '/docs', access: 'public', handle: () => page(docsPage(version)) },
    ...siteRoutes(),
    ...Object.entries(ASSETS).map(([name, type]) => assetRoute(name, type)),
  ];
}

function wantsPage(call: Call): boolean {
  return preferred(call.header('accept'), ['text/plain', 'text/html']) === 'text/html';
}

async function showFirstPage(plane: ModelPlane, version: string, call: Call): Promise<Reply> {
  if (!call.may('read')) return askForKey(version);
  const names = (await modelNames(plane)).filter((name) => call.may('read', name));
  const asked = call.query('model');
  const name = asked !== undefined && names.includes(asked) ? asked : names[0];
  if (name === undefined) return page(firstPage({ version, names }));
  try {
    return page(firstPage({ version, names, name, model: await plane.find(name) }));
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return page(firstPage({ version, names, name, problem: error.message }), error.status);
  }
}

/** A browser asks for the key and sends it from then on; programs send theirs without being asked. */
function askForKey(version: string): Reply {
  const reply = page(keyPage(version), 401);
  return { ...reply, headers: [...reply.headers, 'www-authenticate', 'Basic realm="Slipway: a key as the password"'] };
}

function page(body: string, status = 200): Reply {
  return { status, headers: PAGE_HEADERS, body };
}

/** Files beside this one; read when first asked for, and asked for again only when they changed. */
function assetRoute(name: string, type: string): Route {
  let loaded: { readonly body: Uint8Array; readonly etag: string } | undefined;
  return {
    method: 'GET',
    path: `/ui/${name}`,
    access: 'public',
    handle(call) {
      loaded ??= load(name);
      const { body, etag } = loaded;
      const headers = [
        'content-type',
        type,
        'etag',
        etag,
        'cache-control',
        'no-cache',
        'referrer-policy',
        'no-referrer',
      ];
      return call.header('if-none-match') === etag
        ? { status: 304, headers, body: '' }
        : { status: 200, headers, body };
    },
  };
}

function load(name: string) {
  const body = readFileSync(new URL(`../pages/${name}`, import.meta.url));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"` };
}
