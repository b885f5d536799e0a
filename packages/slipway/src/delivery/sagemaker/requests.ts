import { hashOf } from '../delivery-folder.ts';
import { labelOf, type DeliveredModel } from '../target.ts';

/** What is asked of SageMaker, beside the image. */
export interface EndpointSettings {
  readonly endpoint: string;
  /** ARN of the role that SageMaker takes on to run the container. */
  readonly role: string;
  readonly instance: string;
  readonly instances: number;
  readonly maxInstances: number;
  /** MB of a serverless endpoint; undefined for one with instances. */
  readonly serverless: number | undefined;
  readonly maxConcurrency: number;
  /** Requests a minute that one instance is to have. */
  readonly target: number;
}

const variant = 'main';

/** Where SageMaker unpacks `model.tar.gz`. */
const modelFolder = '/opt/ml/model';

type Request = Readonly<Record<string, unknown>>;

export interface Requests {
  readonly model: Request & { readonly ModelName: string };
  readonly config: Request & { readonly EndpointConfigName: string };
}

/**
 * What CreateModel and CreateEndpointConfig are given. Their names end with a digest of all that is in them, so the same is
 * found again and something else gets another name.
 */
export function requestsOf(
  model: DeliveredModel,
  settings: EndpointSettings,
  image: string,
  modelData: string | undefined,
): Requests {
  const container = {
    Image: image,
    ...(modelData === undefined ? {} : { ModelDataUrl: modelData, Environment: { SLIPWAY_MODEL: modelFolder } }),
  };
  const tags = [
    { Key: 'slipway:model', Value: labelOf(model) },
    { Key: 'slipway:digest', Value: model.pkg.digest },
  ];
  const content = { ExecutionRoleArn: settings.role, PrimaryContainer: container, Tags: tags };
  const named = { ModelName: nameOf(model, content), ...content };
  const variants = {
    ProductionVariants: [{ VariantName: variant, ModelName: named.ModelName, ...capacity(settings) }],
  };
  return { model: named, config: { EndpointConfigName: nameOf(model, variants), ...variants, Tags: tags } };
}

/** How much runs, which is what costs. */
export function capacity({ serverless, maxConcurrency, instance, instances }: EndpointSettings): Request {
  return serverless === undefined
    ? { InstanceType: instance, InitialInstanceCount: instances, InitialVariantWeight: 1 }
    : { ServerlessConfig: { MemorySizeInMB: serverless, MaxConcurrency: maxConcurrency } };
}

/** How many instances run when, for RegisterScalableTarget and PutScalingPolicy; undefined where the number is fixed. */
export function scaling({ endpoint, instances, maxInstances, serverless, target }: EndpointSettings) {
  if (serverless !== undefined || maxInstances <= instances) return undefined;
  const place = {
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpoint}/variant/${variant}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  };
  return {
    target: { ...place, MinCapacity: instances, MaxCapacity: maxInstances },
    policy: {
      ...place,
      PolicyName: `${endpoint}-requests`,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: target,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      },
    },
  };
}

/** Letters, digits and single hyphens, at most 63 of them, as SageMaker names things. */
export function awsName(text: string, most = 63): string {
  const plain = text.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return plain.slice(0, most).replace(/-$/, '') || 'model';
}

function nameOf(model: DeliveredModel, content: unknown): string {
  const digest = hashOf(new TextEncoder().encode(JSON.stringify(content))).slice(0, 10);
  return `${awsName(labelOf(model), 50)}-${digest}`;
}
