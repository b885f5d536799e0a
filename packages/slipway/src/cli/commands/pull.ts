import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { writePackageFolder } from '../../intake/index.ts';
import { checkAlias, checkModelName, nameFor, openHome } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { plainFlag, pullOci } from '../pull-oci.ts';
import { signatureFlag } from '../signing.ts';
import { summaryOf } from '../summary.ts';

/** `slipway pull PLACE` */
export const pull: Command = {
  name: 'pull',
  summary: 'fetch a package from a container registry',
  about: `Downloads a package that "slipway push" put into a container registry, verifies every byte, and registers it as the next version of a
model, with its signatures. The same package is the same version again.`,
  args: [{ name: 'PLACE', help: 'registry.example/team/churn:3, or with @sha256:… in place of the tag.' }],
  flags: [
    { name: 'name', value: 'NAME', help: 'Name of the model (default: the last part of the repository).' },
    { name: 'alias', value: 'ALIAS', help: 'Point this alias at the version.' },
    { name: 'out', value: 'DIR', help: 'Write the package to a folder instead of the registry.' },
    signatureFlag,
    plainFlag,
  ],
  examples: [
    { run: 'slipway pull registry.example/team/churn:3', does: 'churn:1, or the next version of churn' },
    {
      run: 'slipway pull registry.example/team/churn:prod --require-signature release.pub --alias champion',
      does: 'Only if the release key signed it',
    },
  ],
  async run(context) {
    const { args, flags, json, terminal } = context;
    const [place = ''] = args;
    const [name, alias, out] = [flags.text('name'), flags.text('alias'), flags.text('out')];
    if (out !== undefined && (name !== undefined || alias !== undefined)) {
      const advice = 'A package has no name; the registry gives it one.';
      throw fail('USAGE', { problem: '--name and --alias do not go with --out.', advice });
    }
    if (alias !== undefined) checkAlias(alias);
    if (name !== undefined) checkModelName(name);
    const { pkg, digest, signatures, shown, repository } = await pullOci(place, context);
    const model = name ?? nameFor(repository);
    if (out !== undefined) {
      await writePackageFolder(pkg.files, out);
      if (json) terminal.printJson({ path: out, digest: pkg.digest, manifest: digest, signatures: signatures.length });
      else terminal.print(`${terminal.style('bold', out)}\n  digest    ${pkg.digest}`);
      return 0;
    }
    const home = await openHome({ home: context.home, thread: 'inline' });
    try {
      const facts = { source: { file: shown, manifest: digest }, summary: summaryOf(pkg), alias };
      const { version, existed } = await home.registry.register(pkg, checkModelName(model), facts);
      await home.signatures.add(pkg.digest, signatures, localActor);
      if (json) terminal.printJson({ ...version, existed, signatures: signatures.length });
      else {
        const label = `${version.model}:${version.version}`;
        terminal.print(`${terminal.style('bold', label)}${existed ? ' (already there: the same package)' : ''}`);
        terminal.print(`  digest    ${pkg.digest}`);
        terminal.print(`  signed    ${signatures.length === 0 ? 'no' : `${signatures.length} signatures`}`);
        terminal.print(`\nNext:\n  slipway serve ${label}`);
      }
      return 0;
    } finally {
      await home.close();
    }
  },
};
