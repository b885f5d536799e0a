import { open } from 'node:fs/promises';
import { fail } from '@slipway/core/errors';
import { localActor } from '../../access/index.ts';
import { artifactOf, keyId, makeKeyPair, pullPackage, pushSignatures, signDigest } from '../../oci/index.ts';
import { openHome } from '../../registry/index.ts';
import type { Command, Context } from '../command.ts';
import { isOci, plainFlag, repositoryOf } from '../pull-oci.ts';
import { signingKey } from '../signing.ts';
import { referenceOf } from '../with-registry.ts';

/** `slipway sign REF --key FILE` */
export const sign: Command = {
  name: 'sign',
  summary: 'sign a package, or make a key pair for it',
  about: `Signs a package with an Ed25519 key, in the registry of this machine or in a container registry (oci:…). Whoever has the public key sees that
the package is yours, and unchanged: "slipway serve", "up" and "pull" take --require-signature. The layout is that of cosign, which
verifies it as well: cosign verify --key release.pub --insecure-ignore-tlog registry.example/team/churn:3.

An encrypted private key (openssl pkey -aes256) takes its passphrase from SLIPWAY_KEY_PASSPHRASE.`,
  args: [{ name: 'REF', help: 'churn:3, churn@champion, or oci:registry.example/team/churn:3.', optional: true }],
  flags: [
    { name: 'key', value: 'FILE', help: 'Private key that signs (PEM).' },
    {
      name: 'new-key',
      value: 'NAME',
      help: 'Make a key pair: NAME.key, which stays secret, and NAME.pub.',
      env: false,
    },
    plainFlag,
  ],
  examples: [
    { run: 'slipway sign --new-key release', does: 'release.key and release.pub' },
    { run: 'slipway sign churn:3 --key release.key', does: 'Sign a version' },
    { run: 'slipway serve churn --require-signature release.pub', does: 'Serve only what is signed' },
  ],
  async run(context) {
    const { args, flags, json, terminal, environment } = context;
    const [word] = args;
    const made = flags.text('new-key');
    if (made !== undefined) return await makeKeys(context, made);
    const keyFile = flags.text('key');
    if (word === undefined || keyFile === undefined) {
      const advice = 'Write `slipway sign churn:3 --key release.key`, or `slipway sign --new-key release` first.';
      throw fail('USAGE', { problem: `${word === undefined ? 'REF' : '--key'} is missing.`, advice });
    }
    const key = await signingKey(keyFile, environment);
    const digest = await (isOci(word) ? signRemote(context, word, key) : signLocal(context, word, key));
    if (json) terminal.printJson({ ref: word, digest, key: keyId(key) });
    else terminal.print(`${word} is signed with the key ${keyId(key)}`);
    return 0;
  },
};

type Key = Awaited<ReturnType<typeof signingKey>>;

async function signLocal({ home: folder }: Context, word: string, key: Key): Promise<string> {
  const home = await openHome({ home: folder, thread: 'inline' });
  try {
    const pkg = await home.registry.load(await home.registry.resolve(referenceOf(word)));
    const { digest } = artifactOf(pkg);
    await home.signatures.add(pkg.digest, [signDigest(digest, key)], localActor);
    return pkg.digest;
  } finally {
    await home.close();
  }
}

async function signRemote(context: Context, word: string, key: Key): Promise<string> {
  const repository = repositoryOf(word, context);
  const { pkg, digest } = await pullPackage(repository);
  const { manifest, bytes, digest: own } = artifactOf(pkg);
  const { host, repository: name } = repository.reference;
  // Whoever else wrote the manifest may have added to it; then that is what is signed.
  const found = await repository.getManifest(digest);
  const size = own === digest ? bytes.byteLength : (found?.bytes.byteLength ?? 0);
  const subject = { mediaType: manifest.mediaType, digest, size };
  await pushSignatures(repository, subject, [signDigest(digest, key, `${host}/${name}`)]);
  return digest;
}

async function makeKeys({ json, terminal }: Context, name: string): Promise<number> {
  const { privateKey, publicKey } = makeKeyPair();
  for (const [path, text, mode] of [
    [`${name}.key`, privateKey, 0o600],
    [`${name}.pub`, publicKey, 0o644],
  ] as const) {
    try {
      await using file = await open(path, 'wx', mode);
      await file.writeFile(text);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw fail('CONFLICT', { problem: `${path} is there already.` }, { cause, hint: 'Choose another name.' });
    }
  }
  if (json) terminal.printJson({ private: `${name}.key`, public: `${name}.pub` });
  else terminal.print(`${name}.key   keep it secret\n${name}.pub   give it to whoever checks`);
  return 0;
}
