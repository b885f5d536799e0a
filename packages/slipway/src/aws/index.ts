export { AwsClient, AwsRefusal } from './client.ts';
export { awsRegion, findAwsCredentials } from './credentials.ts';
