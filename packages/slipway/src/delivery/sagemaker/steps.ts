import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '@slipway/core/errors';
import type { AwsClient } from '../../aws/index.ts';
import type { ImageOptions } from '../oci-image/build-image.ts';
import type { Step, StepContext, StepResult } from '../plan.ts';
import type { DeliveredModel } from '../target.ts';
import { requestsOf, scaling, type EndpointSettings } from './requests.ts';

export interface Deployment {
  readonly model: DeliveredModel;
  readonly image: ImageOptions;
  readonly settings: EndpointSettings;
  readonly region: string | undefined;
  /** Of ECR. */
  readonly repository: string;
  readonly tag: string;
  /** Another registry in place of ECR. */
  readonly push: string | undefined;
  readonly bucket: { readonly name: string; readonly prefix: string } | undefined;
  readonly waitMinutes: number;
}

/** Writes what the image is made of, and checks it where that is asked for. */
export function buildSteps({ model, image }: Deployment, local: boolean): Step[] {
  const write: Step = {
    title: 'write model.tar.gz and what the image is made of',
    when: 'build',
    async act({ folder }) {
      const { writeContext } = await import('../oci-image/build-image.ts');
      const { modelArchive } = await import('./archive.ts');
      await writeContext(image, folder);
      await writeFile(join(folder, 'model.tar.gz'), await modelArchive(model));
    },
  };
  return local ? [write, contractStep(model, 'build')] : [write];
}

/** What is done at AWS, in order. Each step finds what is there already. */
export function deploySteps(deployment: Deployment, cost: string): Step[] {
  const { model, settings, repository, tag, push, bucket } = deployment;
  const { endpoint } = settings;
  // What a step made is for those after it.
  const made: { image?: string; config?: string; modelData?: string | undefined } = {};
  const steps: Step[] = [
    {
      title: 'find the role, the region and the credentials',
      when: 'deploy',
      details: { role: settings.role === '' ? 'missing' : settings.role },
      async act({ environment }) {
        if (settings.role === '') throw noRole();
        const { awsRegion, findAwsCredentials } = await import('../../aws/index.ts');
        const region = awsRegion(deployment.region, environment);
        await findAwsCredentials(environment);
        return { region };
      },
    },
    contractStep(model, 'deploy'),
    {
      title: 'push the image',
      when: 'deploy',
      details: { to: push ?? `ECR ${repository}:${tag}` },
      async act(context) {
        const pushed = await pushTo(deployment, context);
        made.image = pushed.image;
        return { ...pushed };
      },
    },
  ];
  if (bucket) {
    const key = `${bucket.prefix === '' ? '' : `${bucket.prefix}/`}${model.name}/${model.pkg.digest.slice(7)}/model.tar.gz`;
    steps.push({
      title: 'upload model.tar.gz',
      when: 'deploy',
      details: { to: `s3://${bucket.name}/${key}` },
      async act(context) {
        const { modelArchive } = await import('./archive.ts');
        const aws = await openAws(deployment, context);
        await aws.putObject(bucket.name, key, await modelArchive(model), 'application/gzip');
        made.modelData = `s3://${bucket.name}/${key}`;
      },
    });
  }
  steps.push(
    {
      title: 'create the model and the configuration',
      when: 'deploy',
      details: { capacity: cost },
      async act(context) {
        if (made.image === undefined) throw new Error('The image was not pushed.');
        const { ensure } = await import('./endpoint.ts');
        const aws = await openAws(deployment, context);
        const requests = requestsOf(model, settings, made.image, made.modelData);
        const created = [
          await ensure(aws, 'Model', requests.model),
          await ensure(aws, 'EndpointConfig', requests.config),
        ];
        made.config = requests.config.EndpointConfigName;
        return { model: requests.model.ModelName, config: made.config, created: created.includes(true) };
      },
    },
    {
      title: `bring the endpoint ${endpoint} to it`,
      when: 'deploy',
      details: { endpoint, cost },
      async act(context): Promise<StepResult> {
        if (made.config === undefined) throw new Error('The configuration was not made.');
        const { bringEndpoint } = await import('./endpoint.ts');
        const { waitMinutes } = deployment;
        const { signal, say } = context;
        const aws = await openAws(deployment, context);
        return { endpoint, ...(await bringEndpoint(aws, made.config, { endpoint, waitMinutes, signal, say })) };
      },
    },
  );
  const scales = scaling(settings);
  if (scales)
    steps.push({
      title: 'let the endpoint scale',
      when: 'deploy',
      details: { from: settings.instances, to: settings.maxInstances, requestsPerMinute: settings.target },
      async act(context) {
        const aws = await openAws(deployment, context);
        await aws.call('application-autoscaling', 'RegisterScalableTarget', scales.target);
        await aws.call('application-autoscaling', 'PutScalingPolicy', scales.policy);
      },
    });
  return steps;
}

function contractStep(model: DeliveredModel, when: Step['when']): Step {
  return {
    title: 'check the container contract here',
    when,
    details: { asks: 'serve, GET /ping, POST /invocations with the goldens, SIGTERM' },
    async act({ folder, environment }) {
      const { checkContract } = await import('./contract.ts');
      return { ...(await checkContract(folder, model, environment)) };
    },
  };
}

async function pushTo(deployment: Deployment, context: StepContext) {
  const { image: options, repository: name, tag, push } = deployment;
  const { buildImage } = await import('../oci-image/build-image.ts');
  const { pushImage } = await import('../oci-image/push.ts');
  const { signal, say } = context;
  if (push !== undefined) {
    const { image } = await buildImage(options, context);
    return await pushImage(image, { place: push, from: [], signal, say });
  }
  const { ensureRepository, openRepository } = await import('./ecr.ts');
  const aws = await openAws(deployment, context);
  const place = `${await ensureRepository(aws, name)}:${tag}`;
  const repository = await openRepository(aws, place);
  const { image } = await buildImage(options, context);
  return await pushImage(image, { place, from: [], repository, signal, say });
}

function noRole() {
  return fail('USAGE', {
    problem: '--role is missing.',
    advice: 'SageMaker runs the container with a role: --role arn:aws:iam::123456789012:role/sagemaker.',
  });
}

async function openAws({ region }: Deployment, { environment, signal }: StepContext): Promise<AwsClient> {
  const { AwsClient: Client } = await import('../../aws/index.ts');
  const { awsRegion } = await import('../../aws/index.ts');
  return new Client(awsRegion(region, environment), environment, signal);
}
