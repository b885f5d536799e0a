import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { fail } from '@slipway/core/errors';
import { checkWebhookUrl } from './url.ts';

/** Networks that are nobody's on the internet: this machine, the own network, metadata services of clouds. */
const inner = new BlockList();
const inner4: readonly (readonly [start: string, bits: number])[] = [
  ['0', 8],
  ['10', 8],
  ['100.64', 10],
  ['127', 8],
  ['169.254', 16],
  ['172.16', 12],
  ['192.0.0', 24],
  ['192.0.2', 24],
  ['192.168', 16],
  ['198.18', 15],
  ['198.51.100', 24],
  ['203.0.113', 24],
  ['224', 4],
  ['240', 4],
];
for (const [start, bits] of inner4) {
  const address = [...start.split('.'), '0', '0', '0'].slice(0, 4).join('.');
  inner.addSubnet(address, bits, 'ipv4');
}
for (const network of [
  '::/128',
  '::1/128',
  '64:ff9b::/96',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  '2002::/16',
]) {
  const [address = '', bits] = network.split('/');
  inner.addSubnet(address, Number(bits), 'ipv6');
}

/** An address that may be called. */
export interface Target {
  readonly url: URL;
  /** Where the name leads; the request goes there, whatever the name says a moment later. */
  readonly address: string;
  readonly family: 4 | 6;
}

/**
 * Decides whether a webhook may be called. Hosts of the allow-list (`hooks.example`, `127.0.0.1:9000`) may be anywhere; all
 * others are called by HTTPS, and only at public addresses: who may make webhooks shall not reach inner services by them.
 */
export async function admitWebhook(text: string, allowed: readonly string[]): Promise<Target> {
  const url = checkWebhookUrl(text);
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const isAllowed = allowed.some(
    (entry) => entry.toLowerCase() === host || entry.toLowerCase() === url.host.toLowerCase(),
  );
  if (!isAllowed && url.protocol !== 'https:') throw refused(`${url.host} is not called without encryption`);
  const family = isIP(host);
  let found = family === 0 ? [] : [{ address: host, family }];
  if (family === 0) {
    try {
      found = await lookup(host, { all: true });
    } catch (cause) {
      throw refused(`the name ${host} leads nowhere (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }
  const isInner = found.some((one) => inner.check(one.address, one.family === 6 ? 'ipv6' : 'ipv4'));
  if (isInner && !isAllowed) throw refused(`${host} is an address of the inner network`);
  const [first] = found;
  if (!first) throw refused(`the name ${host} leads nowhere`);
  return { url, address: first.address, family: first.family === 6 ? 6 : 4 };
}

function refused(why: string) {
  return fail(
    'INVALID_REQUEST',
    { problem: `The webhook is not called: ${why}.` },
    { hint: 'Use a public https address, or name the host in --webhook-allow.' },
  );
}
