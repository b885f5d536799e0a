import { labelOf, type DeliveredModel } from '../target.ts';

/** `README.md` of the folder. */
export function readme(model: DeliveredModel): string {
  return `# ${labelOf(model)} on AWS Lambda

\`function.zip\` is the whole function: plain JavaScript, no native code, nothing to install. \`template.yaml\` is its stack (SAM).
Package ${model.pkg.digest}.

    sam deploy --template-file template.yaml --stack-name ${model.name.replaceAll(/[^A-Za-z0-9-]/g, '-')} --capabilities CAPABILITY_IAM --resolve-s3

Without SAM: create a function with the runtime \`nodejs24.x\` and the handler \`index.handler\`, and upload \`function.zip\`.

| Invoked by | Answers |
|---|---|
| function URL, API Gateway (both payload versions), load balancer | \`POST /predict\` (or \`/\`) with a row or an array of rows as JSON; \`GET /healthz\`; \`GET /signature\` |
| direct invoke | the event is a row or an array of rows, the result the answers; wrong rows fail with the code as error type |

An instance replays goldens of the package while it starts. One that answers differently does not start.
`;
}
