/**
 * The runtime around a function, as Lambda's own for Node does it: loads the handler, then takes events one by one.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const send = (path, body) => fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(body) });
const told = (error) => ({ errorType: error.name, errorMessage: error.message });

let handler;
try {
  ({ handler } = await import(pathToFileURL(join(process.argv[2], 'index.mjs')).href));
} catch (error) {
  await send('init/error', told(error));
  process.exit(1);
}
for (;;) {
  const event = await fetch(`${api}/invocation/next`);
  const id = event.headers.get('lambda-runtime-aws-request-id');
  try {
    await send(`invocation/${id}/response`, await handler(await event.json()));
  } catch (error) {
    await send(`invocation/${id}/error`, told(error));
  }
}
