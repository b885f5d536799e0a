import { fail } from '@slipway/core/errors';
import { deliveryTarget } from '../target.ts';
import type { Settings } from './objects.ts';

/** A model on Kubernetes, from an image that a registry has. */
export const kubernetes = deliveryTarget({
  id: 'kubernetes',
  title: 'Kubernetes',
  summary: 'manifests for an image: deployment, service, autoscaler, budget, policy, ingress; Kustomize and Helm',
  options: {
    container: {
      type: 'text',
      value: 'HOST/NAME:TAG',
      help: 'Image that `slipway deploy --target oci-image --push` pushed; best with its digest.',
      required: true,
    },
    namespace: { type: 'text', value: 'NAME', help: 'Namespace to deploy into (default: the one of your context).' },
    replicas: { type: 'number', value: 'N', help: 'Fewest pods.', default: 2 },
    'max-replicas': { type: 'number', value: 'N', help: 'Most pods.', default: 8 },
    cpu: { type: 'text', value: 'CPU', help: 'Processor time that a pod asks for.', default: '250m' },
    memory: { type: 'text', value: 'MEMORY', help: 'Memory of a pod, asked for and its limit.', default: '384Mi' },
    host: { type: 'text', value: 'HOST', help: 'Host name of an Ingress; no Ingress without.' },
    canary: {
      type: 'number',
      value: 'PERCENT',
      help: 'Beside the model that has the host already, with this share of its traffic (ingress-nginx).',
    },
    monitor: { type: 'switch', help: 'A ServiceMonitor for the Prometheus operator too.' },
  },

  async plan(model, { container: image, namespace, replicas, canary, 'max-replicas': maxReplicas, ...rest }) {
    checkNumbers(replicas, maxReplicas, canary);
    if (canary !== undefined && rest.host === undefined) {
      throw fail('USAGE', { problem: '--canary needs --host.', advice: 'Name the host whose traffic is shared.' });
    }
    const [{ kubeObjects }, { chart }, { kubeYaml }] = await Promise.all([
      import('./objects.ts'),
      import('./chart.ts'),
      import('../kube-yaml.ts'),
    ]);
    const settings: Settings = { ...rest, image, replicas, maxReplicas, canary };
    const objects = Object.entries(kubeObjects(model, settings));
    const kustomization = {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      ...(namespace === undefined ? {} : { namespace }),
      resources: objects.map(([path]) => path),
    };
    const name = objects[0]?.[1].metadata.name ?? '';
    const scope = namespace === undefined ? [] : ['--namespace', namespace];
    return {
      files: {
        'kustomize/kustomization.yaml': kubeYaml(kustomization),
        ...Object.fromEntries(objects.map(([path, object]) => [`kustomize/${path}`, kubeYaml(object)])),
        ...chart(model, settings),
      },
      steps: [
        {
          title: 'apply the manifests',
          when: 'deploy',
          details: { image, pods: `${replicas} to ${maxReplicas}`, memory: `${rest.memory} each` },
          run: ['kubectl', 'apply', ...scope, '--kustomize', 'kustomize'],
        },
        {
          title: 'wait until every pod has replayed its goldens',
          when: 'deploy',
          run: ['kubectl', 'rollout', 'status', ...scope, `deployment/${name}`, '--timeout=300s'],
        },
      ],
      notes: [
        'The pods answer everybody who reaches them (prediction, health and metrics only): the policy of the cluster, or what is before the Ingress, decides who may.',
      ],
    };
  },
});

function checkNumbers(replicas: number, most: number, canary: number | undefined): void {
  const wrong = (problem: string) =>
    fail('USAGE', { problem, advice: 'See `slipway build --target kubernetes --help`.' });
  if (!Number.isInteger(replicas) || replicas < 1)
    throw wrong(`--replicas must be a whole number from 1, not ${replicas}.`);
  if (!Number.isInteger(most) || most < replicas)
    throw wrong(`--max-replicas must be a whole number from ${replicas}, not ${most}.`);
  if (canary !== undefined && !(Number.isInteger(canary) && canary >= 0 && canary <= 100))
    throw wrong(`--canary must be a whole number from 0 to 100, not ${canary}.`);
}
