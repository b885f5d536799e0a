import { OciRepository, parseOciReference } from '../../oci/index.ts';
import { AwsRefusal, type AwsClient } from '../../aws/index.ts';

/** A repository of ECR, made where it is missing, and its address: `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`. */
export async function ensureRepository(aws: AwsClient, name: string): Promise<string> {
  try {
    const { repositories } = await aws.call('ecr', 'DescribeRepositories', { repositoryNames: [name] });
    return uriOf(Array.isArray(repositories) ? (repositories as readonly unknown[])[0] : undefined);
  } catch (error) {
    if (!(error instanceof AwsRefusal) || error.code !== 'RepositoryNotFoundException') throw error;
  }
  const settings = { imageScanningConfiguration: { scanOnPush: true }, imageTagMutability: 'MUTABLE' };
  const { repository } = await aws.call('ecr', 'CreateRepository', { repositoryName: name, ...settings });
  return uriOf(repository);
}

/** ECR as a container registry, with the token that its API gives for twelve hours. */
export async function openRepository(aws: AwsClient, place: string): Promise<OciRepository> {
  const { authorizationData } = await aws.call('ecr', 'GetAuthorizationToken', {});
  const [data] = Array.isArray(authorizationData) ? (authorizationData as readonly unknown[]) : [];
  const { authorizationToken } = Object(data) as Record<string, unknown>;
  if (typeof authorizationToken !== 'string') throw new Error('ECR gives no token');
  const text = Buffer.from(authorizationToken, 'base64').toString('utf8');
  const at = text.indexOf(':');
  const credentials = { username: text.slice(0, at), password: text.slice(at + 1) };
  return new OciRepository(parseOciReference(place), { credentials: () => Promise.resolve(credentials) });
}

function uriOf(repository: unknown): string {
  const { repositoryUri } = Object(repository) as Record<string, unknown>;
  if (typeof repositoryUri !== 'string') throw new Error('ECR names no address of the repository');
  return repositoryUri;
}
