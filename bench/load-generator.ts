/** Load from Node for machines without wrk: node load-generator.ts '{"port": …, "path": …, "headers": …, "body": …, "connections": …, "seconds": …}' */
import { connect } from 'node:net';
import type { Target } from './load.ts';

interface Settings extends Target {
  readonly connections: number;
  readonly seconds: number;
}

const { port, path, body, headers, countFrom, connections, seconds } = JSON.parse(process.argv[2]!) as Settings;
const headLines = Object.entries(headers)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');
const requestOf = (text: string) =>
  Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headLines}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
const always = requestOf(body);
let count = countFrom ?? 0;
const next = () => (countFrom === undefined ? always : requestOf(body.replaceAll('$N', String(++count))));
const latencies: number[] = [];
const began = performance.now();
const end = began + seconds * 1000;
await Promise.all(Array.from({ length: connections }, keepAsking));
latencies.sort((a, b) => a - b);
const at = (share: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? Number.NaN;
const requestsPerSecond = latencies.length / ((performance.now() - began) / 1000);
process.stdout.write(JSON.stringify({ requestsPerSecond, p50Ms: at(0.5), p99Ms: at(0.99) }));

/** One connection: the next request leaves when the last answer is complete. */
function keepAsking(): Promise<void> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let received = '';
    const ask = () => {
      asked = performance.now();
      socket.write(next());
    };
    const socket = connect(port, '127.0.0.1', ask).setNoDelay(true).setEncoding('latin1');
    socket.on('error', reject);
    socket.on('data', (text: unknown) => {
      received += String(text);
      if (!isComplete(received)) return;
      if (!received.startsWith('HTTP/1.1 2')) {
        reject(new Error(received.slice(0, 500)));
        return;
      }
      received = '';
      const now = performance.now();
      latencies.push(now - asked);
      if (now < end) ask();
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

function isComplete(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = /content-length: *(\d+)/i.exec(text.slice(0, head))?.[1];
  return length === undefined ? text.endsWith('0\r\n\r\n') : text.length >= head + 4 + Number(length);
}
