import { fail } from '@slipway/core/errors';
import { json, preferred, type Call, type Reply, type Route } from '@slipway/core/protocols';
import { readAudit } from '../../access/index.ts';
import type { RowStore } from '../../stores/index.ts';

/** `GET /api/v1/audit`: every management action, page by page as JSON, or all of them as NDJSON. */
export function auditRoutes(rows: RowStore): Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/audit',
      access: 'admin',
      async handle(call) {
        const after = wholeNumber(call, 'after', 0);
        const type = preferred(call.header('accept'), ['application/json', 'application/x-ndjson']);
        if (type === 'application/x-ndjson') return exportAll(rows, after);
        const entries = await readAudit(rows, { after, limit: wholeNumber(call, 'limit', 100) });
        return json({ entries, next_after: entries.at(-1)?.id ?? after });
      },
    },
  ];
}

function exportAll(rows: RowStore, after: number): Reply {
  return { status: 200, headers: ['content-type', 'application/x-ndjson'], body: lines(rows, after) };
}

async function* lines(rows: RowStore, after: number): AsyncGenerator<string> {
  for (let last = after; ;) {
    const entries = await readAudit(rows, { after: last });
    if (entries.length === 0) return;
    yield entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    last = entries.at(-1)?.id ?? last;
  }
}

function wholeNumber(call: Call, name: string, fallback: number): number {
  const text = call.query(name);
  if (text === undefined) return fallback;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw fail('INVALID_REQUEST', {
    problem: `${name}: expected a whole number, received ${JSON.stringify(text.slice(0, 80))}.`,
  });
}
