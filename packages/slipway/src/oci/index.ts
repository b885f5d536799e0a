export { artifactOf, pullPackage, pushPackage } from './artifact.ts';
export { mediaTypes, type Descriptor, type OciManifest } from './media-types.ts';
export { parseOciReference, showOciReference } from './reference.ts';
export { manifestBytes, OciRepository, readDescriptor } from './repository.ts';
export {
  isSignedBy,
  keyId,
  makeKeyPair,
  readPrivateKey,
  readPublicKey,
  signDigest,
  type Signature,
} from './signature.ts';
export { pullSignatures, pushSignatures } from './signatures.ts';
