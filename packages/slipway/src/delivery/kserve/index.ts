import type { KubeObject } from '../kube-yaml.ts';
import { deliveryTarget, labelOf } from '../target.ts';

/** A model on KServe: in an image of its own, or from storage with one runtime for all models. */
export const kserve = deliveryTarget({
  id: 'kserve',
  title: 'KServe',
  summary: 'an InferenceService (protocol v2): the model in its image, or from storage through a ServingRuntime',
  options: {
    container: {
      type: 'text',
      value: 'HOST/NAME:TAG',
      help: 'The image with the model, or with --storage the one of `--target oci-image --generic`.',
      required: true,
    },
    storage: {
      type: 'text',
      value: 'URI',
      help: 'Where KServe finds the package: oci://… (modelcar), s3://…, gs://…, pvc://….',
    },
    namespace: { type: 'text', value: 'NAME', help: 'Namespace to deploy into (default: the one of your context).' },
    'min-replicas': { type: 'number', value: 'N', help: 'Fewest pods; 0 lets them go while nobody calls.', default: 1 },
    'max-replicas': { type: 'number', value: 'N', help: 'Most pods.', default: 4 },
    cpu: { type: 'text', value: 'CPU', help: 'Processor time that a pod asks for.', default: '250m' },
    memory: { type: 'text', value: 'MEMORY', help: 'Memory of a pod, asked for and its limit.', default: '384Mi' },
    canary: { type: 'number', value: 'PERCENT', help: 'Share of the traffic that this version takes at first.' },
  },

  async plan(model, options) {
    const { kubeName, kubeYaml } = await import('../kube-yaml.ts');
    const { container: image, storage, namespace, canary, cpu, memory } = options;
    const name = kubeName(model.name);
    const runtime = 'slipway';
    const scope = namespace === undefined ? {} : { namespace };
    const resources = { requests: { cpu, memory }, limits: { memory } };
    const container = {
      name: 'kserve-container',
      image,
      ports: [{ name: 'http1', containerPort: 8080, protocol: 'TCP' }],
      env: [{ name: 'PORT', value: '8080' }],
      resources,
      readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 2 },
      livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 10 },
      securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
    };
    const scale = {
      minReplicas: options['min-replicas'],
      maxReplicas: options['max-replicas'],
      ...(canary === undefined ? {} : { canaryTrafficPercent: canary }),
    };
    const service: KubeObject = {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: {
        name,
        ...scope,
        annotations: { 'slipway.dev/model': labelOf(model), 'slipway.dev/digest': model.pkg.digest },
      },
      spec: {
        predictor: {
          ...scale,
          ...(storage === undefined
            ? { containers: [container] }
            : {
                model: {
                  modelFormat: { name: runtime },
                  runtime: `${runtime}-${name}`,
                  protocolVersion: 'v2',
                  storageUri: storage,
                  resources,
                },
              }),
        },
      },
    };
    const serving: KubeObject = {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'ServingRuntime',
      metadata: { name: `${runtime}-${name}`, ...scope },
      spec: {
        supportedModelFormats: [{ name: runtime, version: '1', autoSelect: false }],
        protocolVersions: ['v1', 'v2'],
        // KServe puts what the storage has at /mnt/models.
        containers: [{ ...container, args: ['serve', '/mnt/models', '--name', model.name] }],
      },
    };
    const paths = ['inference-service.yaml', ...(storage === undefined ? [] : ['serving-runtime.yaml'])];
    return {
      files: {
        'inference-service.yaml': kubeYaml(service),
        ...(storage === undefined ? {} : { 'serving-runtime.yaml': kubeYaml(serving) }),
      },
      steps: [
        {
          title: 'apply the manifests',
          when: 'deploy',
          details: { image, storage: storage ?? 'in the image' },
          run: ['kubectl', 'apply', ...paths.toReversed().flatMap((path) => ['--filename', path])],
        },
        {
          title: 'wait until the service is ready',
          when: 'deploy',
          run: [
            'kubectl',
            'wait',
            ...(namespace === undefined ? [] : ['--namespace', namespace]),
            '--for=condition=Ready',
            '--timeout=300s',
            `inferenceservice/${name}`,
          ],
        },
      ],
      notes: [`Clients call /v2/models/${model.name}/infer (protocol v2), or /v1/models/${model.name}:predict (v1).`],
    };
  },
});
