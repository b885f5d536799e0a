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
  Serve: {
    serve: 'serve models over HTTP',
    up: 'serve everything in the registry, with a web page',
  },
  Registry: {
    models: 'list the registered models',
    versions: 'list the versions of a model',
    alias: 'set, remove or list aliases such as champion',
    endpoints: 'shift traffic between versions: canary, A/B, shadow, rollback',
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
    serve: async () => (await import('./commands/serve.ts')).serve,
    up: async () => (await import('./commands/up.ts')).up,
    models: async () => (await import('./commands/models.ts')).models,
    versions: async () => (await import('./commands/versions.ts')).versions,
    alias: async () => (await import('./commands/alias.ts')).alias,
    endpoints: async () => (await import('./commands/endpoints.ts')).endpoints,
    keys: async () => (await import('./commands/keys.ts')).keys,
    audit: async () => (await import('./commands/audit.ts')).audit,
    doctor: async () => (await import('./commands/doctor.ts')).doctor,
    config: async () => (await import('./commands/config.ts')).config,
    version: async () => (await import('./commands/version.ts')).versionCommand,
  },
  later: {
    batch: 'Score files with `slipway predict MODEL --input FILE --output FILE`.',
    stream: 'Pipe JSON lines through `slipway predict MODEL --input - --output -`.',
    build: 'Write a package folder with `slipway import FILE --out DIR` and serve it with `slipway serve DIR`.',
    deploy: 'Write a package folder with `slipway import FILE --out DIR`, copy it, and run `slipway serve DIR` there.',
    pipeline: 'Call `slipway import` and `slipway alias` from the scheduler that you have.',
    monitor: 'The server answers GET /metrics for Prometheus.',
  },
};
