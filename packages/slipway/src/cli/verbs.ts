import type { Command } from './command.ts';

interface Summary {
  readonly name: string;
  readonly summary: string;
}

const summaries = {
  'Look and package': {
    inspect: 'say what a model file is, without executing it',
    import: 'package a model file, into the registry or a folder',
    predict: 'answer rows from a file or stdin',
  },
  Batch: {
    batch: 'score whole files, folders and tables, now or on a schedule',
  },
  Serve: {
    serve: 'serve models over HTTP',
    up: 'serve everything in the registry, with a web page',
  },
  Deliver: {
    build: 'write what a platform needs to run a model',
    deploy: 'take a model to a platform and start it there',
  },
  Registry: {
    models: 'list the registered models',
    versions: 'list the versions of a model',
    alias: 'set, remove or list aliases such as champion',
    endpoints: 'shift traffic between versions: canary, A/B, shadow, rollback',
    describe: 'show or change what is written about a model or version',
    delete: 'delete a model or a version',
    restore: 'bring back what was deleted',
    gc: 'free the disk of what was deleted',
    webhooks: 'tell other programs of changes in the registry',
    push: 'put a package into a container registry',
    pull: 'fetch a package from a container registry',
    sign: 'sign a package, or make a key pair for it',
  },
  Access: {
    keys: 'create, list, rotate and revoke access keys',
    audit: 'show every management action: who, what, when',
  },
  'This installation': {
    doctor: 'check that everything here works',
    config: 'show every setting and where its value comes from',
    version: 'show the version',
  },
} as const;

/** Every verb. Each is loaded when it is used. */
export const verbs: {
  readonly groups: readonly (readonly [string, readonly Summary[]])[];
  readonly load: Readonly<Record<string, () => Promise<Command>>>;
  /** Verbs of later versions, and what to do instead today. */
  readonly later: Readonly<Record<string, string>>;
} = {
  groups: Object.entries(summaries).map(([title, commands]) => [
    title,
    Object.entries(commands).map(([name, summary]) => ({ name, summary })),
  ]),
  load: {
    inspect: async () => (await import('./commands/inspect.ts')).inspect,
    import: async () => (await import('./commands/import.ts')).importCommand,
    predict: async () => (await import('./commands/predict.ts')).predict,
    batch: async () => (await import('./commands/batch.ts')).batch,
    serve: async () => (await import('./commands/serve.ts')).serve,
    up: async () => (await import('./commands/up.ts')).up,
    build: async () => (await import('./commands/build.ts')).build(),
    deploy: async () => (await import('./commands/deploy.ts')).deploy(),
    models: async () => (await import('./commands/models.ts')).models,
    versions: async () => (await import('./commands/versions.ts')).versions,
    alias: async () => (await import('./commands/alias.ts')).alias,
    endpoints: async () => (await import('./commands/endpoints.ts')).endpoints,
    describe: async () => (await import('./commands/describe.ts')).describe,
    delete: async () => (await import('./commands/delete.ts')).deleteCommand,
    restore: async () => (await import('./commands/restore.ts')).restore,
    gc: async () => (await import('./commands/gc.ts')).gc,
    webhooks: async () => (await import('./commands/webhooks.ts')).webhooks,
    push: async () => (await import('./commands/push.ts')).push,
    pull: async () => (await import('./commands/pull.ts')).pull,
    sign: async () => (await import('./commands/sign.ts')).sign,
    keys: async () => (await import('./commands/keys.ts')).keys,
    audit: async () => (await import('./commands/audit.ts')).audit,
    doctor: async () => (await import('./commands/doctor.ts')).doctor,
    config: async () => (await import('./commands/config.ts')).config,
    version: async () => (await import('./commands/version.ts')).versionCommand,
  },
  later: {
    stream: 'Pipe JSON lines through `slipway predict MODEL --input - --output -`.',
    pipeline: 'Call `slipway import` and `slipway alias` from the scheduler that you have.',
    db: 'The database is slipway.db (SQLite) in the home folder, brought up to date at each start; PostgreSQL comes later. Back it up with `sqlite3 slipway.db ".backup FILE"`, and copy the folder blobs beside it.',
    monitor: 'The server answers GET /metrics for Prometheus.',
  },
};
