import { fail } from '@slipway/core/errors';

const label = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const octet = '(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])';
const host = `(?:(?:${label}\\.)*[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?|(?:${octet}\\.){3}${octet})`;
const port = '(?::(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}))?';

/** What an address looks like, for whoever wants to know it beforehand. */
export const webhookUrlPattern = `^https?://${host}${port}(?:[/?](?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$`;
const shape = new RegExp(webhookUrlPattern, 'i');

/** Refuses what can be no address of a webhook at all. INVALID_REQUEST */
export function checkWebhookUrl(text: string): URL {
  const url = URL.parse(text);
  const isWhole = shape.test(text);
  const problem =
    !url || (url.protocol !== 'https:' && url.protocol !== 'http:')
      ? 'expected an http or https address'
      : url.username !== '' || url.password !== ''
        ? 'an address holds no credentials; the signature tells who calls'
        : text.length > 2000
          ? 'it is longer than 2000 characters'
          : isWhole
            ? undefined
            : 'expected a host name or IPv4 address, then a path of letters, digits and signs of an address';
  if (url && problem === undefined) return url;
  throw fail('INVALID_REQUEST', { problem: `url: ${problem}, received ${JSON.stringify(text.slice(0, 100))}.` });
}
