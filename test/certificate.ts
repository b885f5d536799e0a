import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate that is valid on this machine, made for one test. */
export interface TestCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

const DAY_MS = 86_400_000;

/** An authority, or with `issuer` a certificate of it for 127.0.0.1 and localhost. ECDSA on P-256. */
export function makeCertificate(name: string, issuer?: TestCertificate, days = 30): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extensions = issuer
    ? [
        extension('2.5.29.17', sequence(tagged(0x87, [127, 0, 0, 1]), tagged(0x82, [...Buffer.from('localhost')]))),
        extension('2.5.29.19', sequence()),
      ]
    : [extension('2.5.29.19', sequence(tagged(0x01, [0xff])))];
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const body = sequence(
    tagged(0xa0, integer([2])),
    integer([0x01, ...randomBytes(8)]),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time(-DAY_MS), time(days * DAY_MS)),
    nameOf(name),
    [...publicKey.export({ type: 'spki', format: 'der' })],
    tagged(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', Buffer.from(body), issuer?.privateKey ?? privateKey);
  const whole = sequence(body, algorithm, tagged(0x03, [0, ...signature]));
  const lines =
    Buffer.from(whole)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name,
    privateKey,
  };
}

type Bytes = readonly number[];

/** Tag, length and content: DER as X.690 has it. */
function tagged(tag: number, content: Bytes): number[] {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return [tag, ...size, ...content];
}

function sequence(...parts: Bytes[]): number[] {
  return tagged(0x30, parts.flat());
}

function integer(bytes: Bytes): number[] {
  return tagged(0x02, bytes);
}

function identifier(text: string): number[] {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const groups = rest.map((value) => {
    const bytes = [value & 127];
    for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 127) | 128);
    return bytes;
  });
  return tagged(0x06, [first * 40 + second, ...groups.flat()]);
}

function nameOf(name: string): number[] {
  return sequence(tagged(0x31, sequence(identifier('2.5.4.3'), tagged(0x0c, [...Buffer.from(name)]))));
}

function time(fromNowMs: number): number[] {
  const text = new Date(Date.now() + fromNowMs)
    .toISOString()
    .replaceAll(/[-:T]|\.\d+/g, '')
    .slice(2);
  return tagged(0x17, [...Buffer.from(text)]);
}

function extension(id: string, value: Bytes): number[] {
  return sequence(identifier(id), tagged(0x04, value));
}
