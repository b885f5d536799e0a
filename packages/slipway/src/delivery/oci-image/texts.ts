import { labelOf, type DeliveredModel } from '../target.ts';
import { modelPlace } from './app-layers.ts';
import { nonRoot } from './local-root.ts';

export interface TextOptions {
  readonly model: DeliveredModel;
  /** `churn:3` */
  readonly image: string;
  readonly withOnnxRuntime: boolean;
  /** The image is told its model when it starts. */
  readonly generic: boolean;
}

/** `Dockerfile`: the same image by Docker's means, for those who want to change it. */
export function dockerfile({ model, withOnnxRuntime, generic }: TextOptions): string {
  const baked = generic
    ? '# The model comes when it starts: SLIPWAY_MODEL=https://… or a path of a volume.\nENV SLIPWAY_FOLLOW=30\n'
    : `# The model comes last: another version is one small layer.
COPY model/ /${modelPlace(model.name)}/
ENV SLIPWAY_MODEL=/${modelPlace(model.name)}
`;
  return `# Slipway serving ${generic ? 'any model' : labelOf(model)}${withOnnxRuntime ? ', with ONNX Runtime' : ''}.
# docker build --tag ${model.name.toLowerCase()} .
# Any base with glibc and Node 24 will do; one without a shell is safer. Pin it by its digest.
ARG BASE=node:24-bookworm-slim
FROM \${BASE}
WORKDIR /app
COPY app/ /app/
COPY --chown=${nonRoot}:${nonRoot} state/ /var/lib/slipway/
ENV SLIPWAY_HOST=0.0.0.0 SLIPWAY_HOME=/var/lib/slipway SLIPWAY_AUTH=platform NODE_COMPILE_CACHE=/tmp/node-compile-cache
${baked}USER ${nonRoot}:${nonRoot}
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["node", "/app/healthcheck.mjs"]
ENTRYPOINT ["node", "/app/index.mjs"]
CMD ["serve"]
`;
}

/** `compose.yaml`: the image with nothing that it does not need. */
export function compose({ model, image, generic }: TextOptions): string {
  const environment = generic ? '    environment:\n      SLIPWAY_MODEL: ${SLIPWAY_MODEL:?the model to serve}\n' : '';
  return `services:
  ${JSON.stringify(model.name)}:
    image: ${JSON.stringify(image)}
    build: .
    ports: ['127.0.0.1:8080:8080']
${environment}    read_only: true
    user: '${nonRoot}:${nonRoot}'
    cap_drop: [ALL]
    security_opt: ['no-new-privileges:true']
    tmpfs: [/tmp]
    volumes: ['state:/var/lib/slipway']
    restart: unless-stopped
    stop_grace_period: 30s
volumes:
  state: {}
`;
}
