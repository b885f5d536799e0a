import { edgeFiles } from '../edge-files.ts';
import { deliveryTarget, labelOf } from '../target.ts';
import { zipStep } from '../zip-step.ts';
import { readme } from './readme.ts';
import { template } from './template.ts';

/** A function on AWS Lambda, as a zip without native code. */
export const awsLambda = deliveryTarget({
  id: 'aws-lambda',
  title: 'AWS Lambda',
  summary: 'a function as a small zip, with a SAM template: function URL, API Gateway, load balancer, direct invoke',
  options: {
    region: { type: 'text', value: 'REGION', help: 'Region to deploy to (default: the one of your AWS settings).' },
    stack: { type: 'text', value: 'NAME', help: 'Name of the CloudFormation stack (default: slipway-MODEL).' },
    memory: {
      type: 'number',
      value: 'MB',
      help: 'Memory of the function; processor time grows with it.',
      default: 512,
    },
    timeout: { type: 'number', value: 'S', help: 'Longest time of one call.', default: 10 },
    arch: { type: 'text', value: 'ARCH', help: 'Processor.', choices: ['arm64', 'x86_64'], default: 'arm64' },
    url: {
      type: 'text',
      value: 'WHO',
      help: 'Function URL: iam asks callers to sign, open asks nothing of anybody, none makes no URL.',
      choices: ['iam', 'open', 'none'],
      default: 'iam',
    },
    goldens: { type: 'number', value: 'N', help: 'Most goldens to replay when an instance starts.', default: 10 },
  },

  plan(model, options) {
    const { region, url } = options;
    const stack = options.stack ?? `slipway-${model.name.replaceAll(/[^A-Za-z0-9-]/g, '-')}`;
    const files = Object.entries(edgeFiles(model, 'aws-lambda', options.goldens));
    return {
      files: {
        'function/index.mjs': handler,
        ...Object.fromEntries(files.map(([path, file]) => [`function/${path}`, file])),
        'template.yaml': template(model, options),
        'README.md': readme(model),
      },
      steps: [
        zipStep('function', 'function.zip'),
        {
          title: `deploy the stack ${stack}`,
          when: 'deploy',
          details: {
            function: labelOf(model),
            memory: `${options.memory} MB`,
            url,
            cost: 'per request and per millisecond of the memory above; nothing while nobody calls',
          },
          run: [
            'sam',
            'deploy',
            '--template-file',
            'template.yaml',
            '--stack-name',
            stack,
            '--capabilities',
            'CAPABILITY_IAM',
            '--resolve-s3',
            '--no-confirm-changeset',
            '--no-fail-on-empty-changeset',
            ...(region === undefined ? [] : ['--region', region]),
          ],
        },
      ],
      notes: [
        url === 'open'
          ? 'The function URL answers everybody who knows it.'
          : url === 'iam'
            ? 'Callers of the function URL sign their requests (AWS_IAM).'
            : 'The function has no URL: invoke it, or put a gateway or a load balancer before it.',
      ],
    };
  },
});

/** Where Lambda starts. Goldens are replayed while an instance starts, so one that answers differently takes no request. */
const handler = `import { readFileSync } from 'node:fs';
import factory from './model.mjs';
import { openLambda } from './slipway-edge.mjs';

const read = (name) => readFileSync(new URL(name, import.meta.url));
export const handler = openLambda({
  factory,
  bin: read('model.bin'),
  ...JSON.parse(read('model.json')),
  report: (error) => console.error(error),
});
`;
