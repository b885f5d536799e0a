/** Processors that images are made for, as registries call them. */
export const architectures = ['amd64', 'arm64'] as const;

export type Architecture = (typeof architectures)[number];

/** Node's word for an architecture. */
export const nodeArchitecture = { amd64: 'x64', arm64: 'arm64' } as const;

/** That of this machine; undefined for others. */
export function architectureHere(): Architecture | undefined {
  return architectures.find((name) => nodeArchitecture[name] === process.arch);
}
