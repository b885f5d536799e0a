import { fail } from '@slipway/core/errors';
import { artifactOf, pushPackage, pushSignatures, showOciReference, signDigest } from '../../oci/index.ts';
import { openHome, parseReference } from '../../registry/index.ts';
import type { Package } from '@slipway/core/package';
import type { Signature } from '../../oci/index.ts';
import type { Command, Context } from '../command.ts';
import { openReference } from '../open-reference.ts';
import { plainFlag, repositoryOf } from '../pull-oci.ts';
import { signingKey } from '../signing.ts';
import { isPackageFolder } from '../../intake/package-folder.ts';

/** `slipway push REF PLACE` */
export const push: Command = {
  name: 'push',
  summary: 'put a package into a container registry',
  about: `Uploads a package as an OCI artifact (CNCF ModelPack) to any container registry, with the signatures that it has. What the registry has
already is not sent again. The tag is the one that you write, or "latest".

Credentials are those of "docker login" (config.json and its helpers), or SLIPWAY_OCI_USERNAME and SLIPWAY_OCI_PASSWORD.`,
  args: [
    { name: 'REF', help: 'churn:3, churn@champion, a package folder, or a model file.' },
    { name: 'PLACE', help: 'registry.example/team/churn:3' },
  ],
  flags: [{ name: 'key', value: 'FILE', help: 'Sign it with this private key.' }, plainFlag],
  examples: [
    { run: 'slipway push churn:3 registry.example/team/churn:3', does: 'For other machines to pull or serve' },
    { run: 'slipway push churn@champion registry.example/team/churn:prod --key release.key', does: 'Signed' },
  ],
  async run(context) {
    const { args, flags, json, terminal, environment } = context;
    const [word = '', place = ''] = args;
    const keyFile = flags.text('key');
    const key = keyFile === undefined ? undefined : await signingKey(keyFile, environment);
    const repository = repositoryOf(place, context);
    if (repository.reference.digest !== undefined) {
      const advice = 'Write a tag: registry.example/team/churn:3.';
      throw fail('USAGE', { problem: 'A package cannot be pushed to a digest.', advice });
    }
    const { pkg, signatures } = await openSigned(word, context);
    const artifact = artifactOf(pkg);
    const { host, repository: name } = repository.reference;
    const own = key === undefined ? [] : [signDigest(artifact.digest, key, `${host}/${name}`)];
    terminal.progress(`pushing ${showOciReference(repository.reference)} …`);
    const pushed = await pushPackage(repository, artifact);
    const all = [...signatures, ...own];
    const { mediaType } = artifact.manifest;
    const subject = { mediaType, digest: artifact.digest, size: artifact.bytes.byteLength };
    if (all.length > 0) await pushSignatures(repository, subject, all);
    terminal.endProgress();
    const shown = showOciReference({ ...repository.reference, tag: repository.reference.tag ?? 'latest' });
    if (json) terminal.printJson({ place: shown, ...pushed, package: pkg.digest, signatures: all.length });
    else {
      terminal.print(`${terminal.style('bold', shown)}`);
      terminal.print(`  digest    ${pushed.digest}`);
      terminal.print(`  sent      ${pushed.sent} of ${pushed.size} bytes`);
      terminal.print(`  signed    ${all.length === 0 ? 'no' : `${all.length} signature${all.length > 1 ? 's' : ''}`}`);
      terminal.print();
      terminal.print(`Next:\n  slipway serve oci:${shown}`);
    }
    return 0;
  },
};

/** A package with the signatures that the registry keeps for it. */
async function openSigned(word: string, context: Context): Promise<{ pkg: Package; signatures: readonly Signature[] }> {
  const { pkg, version } = await openReference(word, context);
  if (version === undefined || isPackageFolder(word) || !parseReference(word)) return { pkg, signatures: [] };
  const home = await openHome({ home: context.home, thread: 'inline' });
  try {
    return { pkg, signatures: await home.signatures.of(pkg.digest) };
  } finally {
    await home.close();
  }
}
