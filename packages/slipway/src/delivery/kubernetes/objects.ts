import { kubeName, labelValue, type KubeObject } from '../kube-yaml.ts';
import { labelOf, type DeliveredModel } from '../target.ts';

export interface Settings {
  readonly image: string;
  readonly replicas: number;
  readonly maxReplicas: number;
  readonly cpu: string;
  readonly memory: string;
  /** Host name of the Ingress; none without. */
  readonly host: string | undefined;
  /** Share of the host's traffic in percent; undefined for all of it. */
  readonly canary: number | undefined;
  readonly monitor: boolean;
}

const port = 8080;

/** Everything of one model on a cluster, by file name. */
export function kubeObjects(model: DeliveredModel, settings: Settings): Readonly<Record<string, KubeObject>> {
  const { host, canary, monitor } = settings;
  const name = kubeName(canary === undefined ? model.name : `${model.name}-canary`);
  const selector = { 'app.kubernetes.io/name': name };
  const labels = {
    ...selector,
    'app.kubernetes.io/part-of': kubeName(model.name),
    'app.kubernetes.io/version': labelValue(String(model.version ?? 'unversioned')),
    'app.kubernetes.io/managed-by': 'slipway',
  };
  const metadata = { name, labels };
  return {
    'deployment.yaml': deployment(model, settings, { name, selector, labels }),
    'service.yaml': {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector, ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] },
    },
    'autoscaler.yaml': {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
        minReplicas: settings.replicas,
        maxReplicas: settings.maxReplicas,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
        ],
      },
    },
    'disruption-budget.yaml': {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
    },
    'network-policy.yaml': {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      // The model is in the image: nothing has to be called from inside.
      spec: {
        podSelector: { matchLabels: selector },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: 'http', protocol: 'TCP' }] }],
        egress: [],
      },
    },
    ...(host === undefined ? {} : { 'ingress.yaml': ingress(metadata, host, canary) }),
    ...(monitor
      ? {
          'service-monitor.yaml': {
            apiVersion: 'monitoring.coreos.com/v1',
            kind: 'ServiceMonitor',
            metadata,
            spec: {
              selector: { matchLabels: selector },
              endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
            },
          },
        }
      : {}),
  };
}

interface Names {
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

function deployment(model: DeliveredModel, settings: Settings, { name, selector, labels }: Names): KubeObject {
  const { image, cpu, memory } = settings;
  const probe = (path: string, more: object) => ({ httpGet: { path, port: 'http' }, timeoutSeconds: 2, ...more });
  const container = {
    name: 'model',
    image,
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    env: [{ name: 'PORT', value: String(port) }],
    resources: { requests: { cpu, memory }, limits: { memory } },
    // Goldens are replayed before the first of these succeeds.
    startupProbe: probe('/readyz', { periodSeconds: 1, failureThreshold: 120 }),
    readinessProbe: probe('/readyz', { periodSeconds: 5, failureThreshold: 2 }),
    livenessProbe: probe('/healthz', { periodSeconds: 10, failureThreshold: 3 }),
    // Requests that are on their way still arrive while the balancer learns that this one goes.
    lifecycle: { preStop: { sleep: { seconds: 5 } } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'state', mountPath: '/var/lib/slipway' },
    ],
  };
  const pod = {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 40,
    securityContext: { runAsNonRoot: true, fsGroup: 65532, seccompProfile: { type: 'RuntimeDefault' } },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: selector },
      },
    ],
    containers: [container],
    volumes: [
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'state', emptyDir: { sizeLimit: '1Gi' } },
    ],
  };
  const annotations = { 'slipway.dev/model': labelOf(model), 'slipway.dev/digest': model.pkg.digest };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels, annotations },
    spec: {
      // The autoscaler decides how many: a number here would undo it with every `apply`.
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: selector },
      template: { metadata: { labels, annotations }, spec: pod },
    },
  };
}

function ingress(metadata: KubeObject['metadata'], host: string, canary: number | undefined): KubeObject {
  const backend = { service: { name: metadata.name, port: { name: 'http' } } };
  const annotations =
    canary === undefined
      ? undefined
      : {
          'nginx.ingress.kubernetes.io/canary': 'true',
          'nginx.ingress.kubernetes.io/canary-weight': String(canary),
        };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, ...(annotations ? { annotations } : {}) },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] },
  };
}
