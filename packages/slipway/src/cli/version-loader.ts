import type { Home } from '../registry/index.ts';
import { loadServed, type ServedOptions } from './load-served.ts';
import type { LoadVersion } from './registry-source.ts';

/** Loads versions of the registry for serving; only those that are signed where public keys are given. */
export async function versionLoader(
  { registry, signatures }: Pick<Home, 'registry' | 'signatures'>,
  served: ServedOptions,
  publicKeys: string | undefined,
): Promise<LoadVersion> {
  const check = publicKeys === undefined ? undefined : await import('./signing.ts');
  const keys = await check?.trustedKeys(publicKeys);
  return async (version) => {
    const pkg = await registry.load(version);
    check?.requireSigned(`${version.model}:${version.version}`, pkg, await signatures.of(pkg.digest), keys);
    return await loadServed({ pkg, name: version.model, version: version.version }, served);
  };
}
