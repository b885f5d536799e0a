import { fail } from '@slipway/core/errors';
import { json, type Call, type Reply, type Route } from '@slipway/core/protocols';
import { jobFacts, modelOf, type Job, type JobSpec, type JobStore } from '../../jobs/index.ts';
import { parseReference } from '../../registry/index.ts';
import { readDocument } from './json-body.ts';
import { actorOf } from './keys.ts';

export interface JobRouteOptions {
  readonly jobs: JobStore;
  /** Folders that jobs may read and write; without any, none are made here. */
  readonly roots: readonly string[];
  readonly isDraining: () => boolean;
}

/** Batch jobs: making them needs the scope `write` on the model, because they write files. */
export function jobRoutes({ jobs, roots, isDraining }: JobRouteOptions): Route[] {
  async function jobOf(call: Call, scope: 'read' | 'write'): Promise<Job> {
    const id = call.params['id'] as string;
    const job = await jobs.get(id);
    // Whoever may not see the model does not learn that there is such a job.
    if (!call.may('read', modelOf(job.spec))) throw fail('JOB_NOT_FOUND', { id });
    if (!call.may(scope, modelOf(job.spec))) throw forbidden(scope, job.spec);
    return job;
  }

  return [
    {
      method: 'GET',
      path: '/api/v1/jobs',
      access: 'read',
      async handle(call) {
        const found = (await jobs.list()).filter(({ spec }) => call.may('read', modelOf(spec)));
        return json({ jobs: found.map(jobFacts) });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/jobs',
      access: 'write',
      async handle(call) {
        const { readJob } = await import('./job-body.ts');
        const spec = readJob(readDocument(call), roots);
        if (!parseReference(spec.model))
          throw fail('INVALID_REQUEST', {
            problem: `model: expected a registered model such as churn@champion, received ${JSON.stringify(spec.model.slice(0, 80))}.`,
          });
        if (!call.may('write', modelOf(spec))) throw forbidden('write', spec);
        if (roots.length === 0)
          throw fail(
            'INVALID_REQUEST',
            { problem: 'This server makes no batch jobs over HTTP: no folder is allowed.' },
            { hint: 'Start it with --batch-root DIR, or use `slipway batch run`.' },
          );
        const job = await jobs.create(spec, actorOf(call));
        if (!job) throw new Error('a job without a schedule is always made');
        const reply = json(jobFacts(job), 202);
        return { ...reply, headers: [...reply.headers, 'location', `/api/v1/jobs/${job.id}`] };
      },
    },
    {
      method: 'GET',
      path: '/api/v1/jobs/{id}',
      access: 'read',
      handle: async (call) => json(jobFacts(await jobOf(call, 'read'))),
    },
    {
      method: 'POST',
      path: '/api/v1/jobs/{id}/cancel',
      access: 'write',
      async handle(call) {
        const { id } = await jobOf(call, 'write');
        return json(jobFacts(await jobs.cancel(id, actorOf(call))));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/events',
      access: 'read',
      async handle(call): Promise<Reply> {
        const { jobEvents } = await import('./job-events.ts');
        const headers = ['content-type', 'text/event-stream', 'cache-control', 'no-store', 'x-accel-buffering', 'no'];
        return { status: 200, headers, body: jobEvents(jobs, call, isDraining) };
      },
    },
  ];
}

function forbidden(scope: string, spec: JobSpec) {
  return fail('FORBIDDEN', { needed: `${scope}:${modelOf(spec)}`, held: 'another' });
}
