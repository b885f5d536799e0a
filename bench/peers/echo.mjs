/** The least that Node can do: parse a JSON body and answer with JSON. PORT is the port. */
import { createServer } from 'node:http';

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const row = JSON.parse(Buffer.concat(chunks).toString());
    const body = JSON.stringify({ prediction: 1, probabilities: { 0: row[0] ?? 0, 1: 1 } });
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
