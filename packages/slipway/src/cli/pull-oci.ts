import {
  OciRepository,
  parseOciReference,
  pullPackage,
  pullSignatures,
  showOciReference,
  type Signature,
} from '../oci/index.ts';
import type { Context, Flag } from './command.ts';
import { requireSigned, trustedKeys } from './signing.ts';

export const plainFlag: Flag = {
  name: 'plain-http',
  help: 'Speak HTTP without encryption to a registry on another machine.',
};

/** True for `oci:registry.example/team/churn:3`. */
export function isOci(word: string): boolean {
  return /^oci:/i.test(word);
}

/** The repository that a word names, with the credentials of this machine. */
export function repositoryOf(
  word: string,
  { flags, environment }: Pick<Context, 'flags' | 'environment'>,
): OciRepository {
  const isPlain = flags.has('plain-http') ? true : undefined;
  return new OciRepository(parseOciReference(word), { isPlain, environment });
}

/** Downloads a package from a container registry: verified, and signed where a signature is asked for. */
export async function pullOci(word: string, context: Pick<Context, 'flags' | 'environment' | 'terminal'>) {
  const repository = repositoryOf(word, context);
  const shown = showOciReference(repository.reference);
  const { flags, environment } = context;
  const keys = await trustedKeys(flags.text('require-signature') ?? environment['SLIPWAY_REQUIRE_SIGNATURE']);
  context.terminal.progress(`pulling ${shown} …`);
  const { pkg, digest } = await pullPackage(repository);
  const signatures: readonly Signature[] = await pullSignatures(repository, digest);
  requireSigned(shown, pkg, signatures, keys);
  context.terminal.endProgress();
  return { pkg, digest, signatures, shown, repository: repository.reference.repository };
}
