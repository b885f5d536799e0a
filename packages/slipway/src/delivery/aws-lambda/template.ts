import { labelOf, type DeliveredModel } from '../target.ts';

interface TemplateOptions {
  readonly memory: number;
  readonly timeout: number;
  readonly arch: 'arm64' | 'x86_64';
  readonly url: 'iam' | 'open' | 'none';
}

/**
 * The stack as a SAM template. Values of the model stand as JSON strings, which are YAML.
 * @see https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
 */
export function template(model: DeliveredModel, { memory, timeout, arch, url }: TemplateOptions): string {
  const quoted = (text: string) => JSON.stringify(text);
  const address = `      FunctionUrlConfig:
        AuthType: ${url === 'open' ? 'NONE' : 'AWS_IAM'}
`;
  const output = `
  Url:
    Description: Where the model answers.
    Value: !GetAtt ModelUrl.FunctionUrl`;
  return `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Description: ${quoted(`${labelOf(model)}, a model served by Slipway`)}

Resources:
  Model:
    Type: AWS::Serverless::Function
    Properties:
      Description: ${quoted(`${labelOf(model)} ${model.pkg.digest}`)}
      CodeUri: function.zip
      Handler: index.handler
      Runtime: nodejs24.x
      Architectures: [${arch}]
      MemorySize: ${Math.round(memory)}
      Timeout: ${Math.round(timeout)}
      # Nothing in the function depends on when it was started, so snapshots of a started one are safe.
      AutoPublishAlias: live
${url === 'none' ? '' : address}
Outputs:
  Function:
    Description: For direct invokes.
    Value: !Ref Model.Alias${url === 'none' ? '' : output}
`;
}
