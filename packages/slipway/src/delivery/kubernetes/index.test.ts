import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { samplePackage } from '../../../../../test/sample-package.ts';
import { kubeName, labelValue } from '../kube-yaml.ts';
import { kubernetes } from './index.ts';

const image = 'registry.example/team/churn:3';
const model = { pkg: samplePackage(2), name: 'Churn_Model', version: 3 };
const plan = async (options: object) =>
  (await kubernetes.plan(model, { container: image, ...options })).files as Record<string, string>;

test('a deployment that is careful, and ready only when it answers', async () => {
  const files = await plan({});
  const deployment = parse(files['kustomize/deployment.yaml'] as string) as unknown;
  const container = {
    image,
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    startupProbe: { httpGet: { path: '/readyz' } },
  };
  const pod = { securityContext: { runAsNonRoot: true }, automountServiceAccountToken: false, containers: [container] };
  const selector = { matchLabels: { 'app.kubernetes.io/name': 'churn-model' } };
  expect(deployment).toMatchObject({ metadata: { name: 'churn-model' }, spec: { selector, template: { spec: pod } } });
  const kustomization = parse(files['kustomize/kustomization.yaml'] as string) as { resources: string[] };
  expect(kustomization.resources.map((path) => `kustomize/${path}`).every((path) => path in files)).toBe(true);
  expect(Object.keys(files).filter((path) => /ingress|monitor/.test(path))).toEqual(['chart/templates/ingress.yaml']);
});

test('an ingress, and a canary of it beside', async () => {
  const host = 'churn.example';
  const main = await plan({ host, monitor: true });
  const canary = await plan({ host, canary: 10 });
  const ingress = (files: Record<string, string>) => parse(files['kustomize/ingress.yaml'] as string) as unknown;
  expect(ingress(main)).toMatchObject({ metadata: { name: 'churn-model' } });
  expect(ingress(canary)).toMatchObject({
    metadata: { name: 'churn-model-canary', annotations: { 'nginx.ingress.kubernetes.io/canary-weight': '10' } },
    spec: { rules: [{ host }] },
  });
  expect(main['kustomize/service-monitor.yaml']).toContain('/metrics');
});

test('the chart leaves to its values what clusters differ in', async () => {
  const files = await plan({ host: 'churn.example' });
  expect(parse(files['chart/values.yaml'] as string)).toMatchObject({ image, replicas: 2, host: 'churn.example' });
  expect(files['chart/templates/deployment.yaml']).toContain('image: {{ .Values.image | quote }}');
  expect(files['chart/templates/autoscaler.yaml']).toContain('minReplicas: {{ .Values.replicas }}');
  expect(files['chart/templates/ingress.yaml']).toMatch(/^\{\{- if \.Values\.host \}\}\n/);
});

test.for([
  { options: { replicas: 0 }, says: '--replicas' },
  { options: { replicas: 3, 'max-replicas': 2 }, says: '--max-replicas' },
  { options: { canary: 10 }, says: '--host' },
  { options: { canary: 101, host: 'a.example' }, says: '--canary' },
])('says what is wrong: $says', async ({ options, says }) => {
  await expect(plan(options)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(says) as string,
  });
});

test('names and labels are those that Kubernetes takes', () => {
  expect(['Churn_Model', '3d.model', 'ü', `${'a'.repeat(80)}`].map(kubeName)).toEqual([
    'churn-model',
    'model-3d-model',
    'model',
    'a'.repeat(52),
  ]);
  expect(labelValue('sha256:ab/…')).toBe('sha256-ab');
});
