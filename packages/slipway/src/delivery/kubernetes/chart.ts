import { kubeYaml, kubeName } from '../kube-yaml.ts';
import type { DeliveredModel } from '../target.ts';
import { kubeObjects, type Settings } from './objects.ts';

/** The same objects as a Helm chart: what clusters differ in are its values. */
export function chart(model: DeliveredModel, settings: Settings): Readonly<Record<string, string>> {
  const { image, replicas, maxReplicas, cpu, memory, host } = settings;
  const marked = { ...settings, image: mark('image'), cpu: mark('cpu'), memory: mark('memory'), host: mark('host') };
  const objects = kubeObjects(model, { ...marked, replicas: numbers.replicas, maxReplicas: numbers.maxReplicas });
  const templates = Object.entries(objects).map(([path, object]) => {
    const text = valued(kubeYaml(object));
    return [`chart/templates/${path}`, path === 'ingress.yaml' ? `{{- if .Values.host }}\n${text}{{- end }}\n` : text];
  });
  const about = {
    apiVersion: 'v2',
    name: kubeName(model.name),
    description: 'A model served by Slipway',
    type: 'application',
    version: `0.0.${model.version ?? 0}`,
    appVersion: model.pkg.digest,
  };
  return {
    'chart/Chart.yaml': kubeYaml(about),
    'chart/values.yaml': kubeYaml({ image, replicas, maxReplicas, cpu, memory, host: host ?? '' }),
    ...(Object.fromEntries(templates) as Record<string, string>),
  };
}

/** Numbers that stand for values until the text is written. */
const numbers = { replicas: 900_000_001, maxReplicas: 900_000_002 };

function mark(name: string): string {
  return `SLIPWAY-VALUE-${name}`;
}

function valued(text: string): string {
  const named = text
    // What else looks like a template of Helm is text of the model.
    .replaceAll('{{', '{{ "{{" }}')
    .replaceAll(/SLIPWAY-VALUE-(\w+)/g, '{{ .Values.$1 | quote }}');
  return Object.entries(numbers).reduce(
    (all, [name, number]) => all.replaceAll(String(number), `{{ .Values.${name} }}`),
    named,
  );
}
