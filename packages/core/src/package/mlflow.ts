import type { Column, Signature } from '../signature/index.ts';
import type { AnswerColumn, OutputSpec } from './answer-columns.ts';
import { toJson } from './json.ts';
import { layout } from './layout.ts';
import { loader } from './pyfunc-loader.ts';

/** What the MLflow model needs to know; a part of the package's contents. */
export interface MlflowInput {
  readonly signature: Signature;
  readonly outputs: readonly OutputSpec[];
  readonly answer: readonly AnswerColumn[];
  readonly requirements: readonly string[];
}

/**
 * The MLflow model around the graph: flavor `onnx` for `mlflow.onnx.load_model`, and `python_function` through our own
 * loader, because MLflow's ONNX wrapper feeds rank-1 columns and flattens `[N,K]`.
 */
export function mlflowFiles(input: MlflowInput): Map<string, string> {
  return new Map([
    [layout.mlmodel, mlmodel(input)],
    [layout.conda, conda],
    [layout.pythonEnv, pythonEnv],
    [layout.requirements, requirementsText(input.requirements)],
    [layout.loader, loader],
  ]);
}

const dependencies = ['numpy>=1.22', 'onnxruntime>=1.15', 'onnx>=1.14'];

function mlmodel(input: MlflowInput): string {
  return [
    'flavors:',
    '  onnx:',
    '    code: null',
    `    data: ${layout.graph}`,
    '    onnx_version: 1.14.0',
    '    providers:',
    '    - CPUExecutionProvider',
    '  python_function:',
    '    code: code',
    '    data: .',
    '    env:',
    `      conda: ${layout.conda}`,
    `      virtualenv: ${layout.pythonEnv}`,
    '    loader_module: slipway_pyfunc',
    'signature:',
    `  inputs: ${yamlText(toJson(mlflowInputs(input.signature)))}`,
    `  outputs: ${yamlText(toJson(mlflowOutputs(input)))}`,
    '  params: null',
    '',
  ].join('\n');
}

/**
 * Columns for tables, one tensor for arrays. Numbers are `any`: our loader takes integers, floats and missing values alike,
 * while MLflow refuses a column of integers where the signature says `double`.
 */
function mlflowInputs(signature: Signature): unknown[] {
  if (signature.form === 'text') return [{ type: 'string', required: true }];
  if (signature.form === 'tensors') {
    return (signature.tensors ?? []).map(tensorSpec);
  }
  const { columns, form } = signature;
  if (form === 'array' && columns.every((column) => column.type !== 'string')) {
    return [{ type: 'tensor', 'tensor-spec': { dtype: 'float64', shape: [-1, columns.length] } }];
  }
  return columns.map((column) => ({ type: mlflowType(column), name: column.name, required: column.required }));
}

function tensorSpec({ name, dtype, shape }: OutputSpec): unknown {
  const spec = { dtype: dtype === 'string' ? 'str' : dtype, shape: [-1, ...shape.map((dim) => dim ?? -1)] };
  return { name, type: 'tensor', 'tensor-spec': spec };
}

function mlflowType(column: Column): string {
  return column.type === 'string' || column.type === 'datetime' ? column.type : 'any';
}

function mlflowOutputs({ answer, outputs }: MlflowInput): unknown[] {
  if (answer.length === 0) return outputs.map(tensorSpec);
  return answer.map(({ name, type }) => ({ type: outputTypes[type], name, required: true }));
}

const outputTypes: Record<AnswerColumn['type'], string> = {
  number: 'double',
  integer: 'long',
  boolean: 'boolean',
  string: 'string',
};

const conda = [
  'name: slipway',
  'channels:',
  '- conda-forge',
  'dependencies:',
  '- python>=3.9',
  '- pip',
  '- pip:',
  '  - mlflow',
  ...dependencies.map((dependency) => `  - ${dependency}`),
  '',
].join('\n');

const pythonEnv = [
  'python: "3.11"',
  'build_dependencies:',
  '- pip',
  'dependencies:',
  `- -r ${layout.requirements}`,
  '',
].join('\n');

/** What a Python host needs to run the package. What the original needed stands in comments. */
function requirementsText(original: readonly string[]): string {
  const comments = original.map((line) => `#   ${line.replace(/[\r\n]+/g, ' ')}`);
  return [
    ...dependencies,
    ...(comments.length
      ? ['', '# The original model was made with these; the package does not need them.', ...comments]
      : []),
    '',
  ].join('\n');
}

/** A double-quoted YAML scalar; JSON strings are valid ones. */
function yamlText(text: string): string {
  return JSON.stringify(text);
}
