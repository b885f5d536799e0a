import { fail } from '@slipway/core/errors';
import { parseOciReference } from '../../oci/index.ts';
import type { ImageOptions } from '../oci-image/build-image.ts';
import { includesOnnxRuntime } from '../oci-image/index.ts';
import { dockerfile } from '../oci-image/texts.ts';
import { deliveryTarget, labelOf } from '../target.ts';
import { awsName, capacity, scaling, type EndpointSettings } from './requests.ts';
import { buildSteps, deploySteps, type Deployment } from './steps.ts';

/** Amazon SageMaker: an endpoint that runs the container image. */
export const sagemaker = deliveryTarget({
  id: 'sagemaker',
  title: 'Amazon SageMaker',
  summary: 'an endpoint of Amazon SageMaker: image in ECR, model, configuration, endpoint, autoscaling',
  options: {
    endpoint: { type: 'text', value: 'NAME', help: 'Name of the endpoint (default: that of the model).' },
    role: {
      type: 'text',
      value: 'ARN',
      help: 'Role that SageMaker takes on to run the container; deploying needs it.',
    },
    region: { type: 'text', value: 'REGION', help: 'Region of AWS (default: AWS_REGION or the profile).' },
    instance: {
      type: 'text',
      value: 'TYPE',
      help: 'Type of the instances; each costs by the hour.',
      default: 'ml.m5.large',
    },
    instances: { type: 'number', value: 'N', help: 'Instances that always run.', default: 1 },
    'max-instances': {
      type: 'number',
      value: 'N',
      help: 'Instances under load; more than --instances scales by itself.',
    },
    'requests-per-minute': {
      type: 'number',
      value: 'N',
      help: 'Requests a minute that one instance is to have when it scales by itself.',
      default: 6000,
    },
    serverless: { type: 'number', value: 'MB', help: 'No instances: memory of 1024 to 6144 MB, paid by the request.' },
    'max-concurrency': { type: 'number', value: 'N', help: 'Requests at once of a serverless endpoint.', default: 20 },
    bucket: {
      type: 'text',
      value: 's3://BUCKET/PREFIX',
      help: 'Where model.tar.gz goes; the model is in the image unless set.',
    },
    repository: { type: 'text', value: 'NAME', help: 'Repository of ECR (default: slipway/NAME).' },
    push: { type: 'text', value: 'HOST/NAME:TAG', help: 'Another container registry in place of ECR.' },
    base: { type: 'text', value: 'BASE', help: 'Base of the image, as for oci-image.' },
    local: { type: 'switch', help: 'Check the container contract here when the folder is written.' },
    'wait-minutes': {
      type: 'number',
      value: 'N',
      help: 'How long to wait for the endpoint; 0: not at all.',
      default: 30,
    },
  },

  plan(model, options) {
    const { serverless, instances, role, push, bucket } = options;
    const settings: EndpointSettings = {
      endpoint: awsName(options.endpoint ?? model.name),
      role: role ?? '',
      instance: options.instance,
      instances,
      maxInstances: options['max-instances'] ?? instances,
      serverless,
      maxConcurrency: options['max-concurrency'],
      target: options['requests-per-minute'],
    };
    checkSettings(settings);
    if (role !== undefined && !/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role))
      throw usage(
        `--role ${JSON.stringify(role)} is no ARN of a role.`,
        'It looks like arn:aws:iam::123456789012:role/sagemaker.',
      );
    const image: ImageOptions = {
      model,
      base: options.base,
      architecture: 'amd64',
      withOnnxRuntime: includesOnnxRuntime(model, 'auto', false),
      generic: false,
    };
    if (push !== undefined) parseOciReference(push);
    const repository = options.repository ?? `slipway/${awsName(model.name).toLowerCase()}`;
    const tag = `${model.version ?? 'latest'}`;
    const deployment: Deployment = {
      model,
      image,
      settings,
      region: options.region,
      repository,
      tag,
      push,
      bucket: bucket === undefined ? undefined : bucketOf(bucket),
      waitMinutes: options['wait-minutes'],
    };
    const cost = serverless === undefined ? hourly(settings) : `paid by the request, ${serverless} MB`;
    const scales = scaling(settings);
    return {
      files: {
        Dockerfile: dockerfile({
          model,
          image: `${repository}:${tag}`,
          withOnnxRuntime: image.withOnnxRuntime,
          generic: false,
        }),
        'endpoint.json': `${JSON.stringify({ model: labelOf(model), endpoint: settings.endpoint, capacity: capacity(settings), scaling: scales ?? null }, null, 2)}\n`,
      },
      steps: [...buildSteps(deployment, options.local), ...deploySteps(deployment, cost)],
      notes: [
        `The endpoint ${settings.endpoint} costs money while it is there (${cost}); delete it in SageMaker when it is not needed.`,
      ],
    };
  },
});

function hourly({ instance, instances, maxInstances }: EndpointSettings): string {
  const count = maxInstances > instances ? `${instances} to ${maxInstances}` : String(instances);
  return `${count} × ${instance} by the hour`;
}

function checkSettings({ instance, instances, maxInstances, serverless, maxConcurrency }: EndpointSettings): void {
  const advice = 'See `slipway deploy --target sagemaker --help`.';
  if (!/^ml\.[a-z0-9-]+\.[a-z0-9]+$/.test(instance))
    throw usage(`--instance ${JSON.stringify(instance)} is no type such as ml.m5.large.`, advice);
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  if (!isCount(instances)) throw usage('--instances must be a whole number from 1.', advice);
  if (!isCount(maxInstances) || maxInstances < instances)
    throw usage('--max-instances must be a whole number from --instances.', advice);
  if (serverless === undefined) return;
  if (![1024, 2048, 3072, 4096, 5120, 6144].includes(serverless))
    throw usage('--serverless must be 1024, 2048, 3072, 4096, 5120 or 6144.', advice);
  if (!isCount(maxConcurrency) || maxConcurrency > 200)
    throw usage('--max-concurrency must be a whole number from 1 to 200.', advice);
}

function bucketOf(text: string): Deployment['bucket'] {
  const [, name, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(text) ?? [];
  if (name !== undefined) return { name, prefix: prefix.replace(/\/$/, '') };
  throw usage(`--bucket ${JSON.stringify(text)} is no place in S3.`, 'Write s3://BUCKET or s3://BUCKET/PREFIX.');
}

function usage(problem: string, advice: string) {
  return fail('USAGE', { problem, advice });
}
