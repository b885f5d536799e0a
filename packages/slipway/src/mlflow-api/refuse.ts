import { fail, type ErrorCode, type SlipwayError } from '@slipway/core/errors';
import { errorHeaders, type Reply } from '@slipway/core/protocols';

/** The error codes of MLflow's REST interface that our answers use. */
export type MlflowCode =
  | 'BAD_REQUEST'
  | 'INVALID_PARAMETER_VALUE'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'RESOURCE_CONFLICT'
  | 'INVALID_STATE'
  | 'NOT_FOUND'
  | 'NOT_IMPLEMENTED';

const CODES = {
  BAD_REQUEST: 'MLFLOW_BAD_REQUEST',
  INVALID_PARAMETER_VALUE: 'MLFLOW_INVALID_PARAMETER',
  RESOURCE_DOES_NOT_EXIST: 'MLFLOW_DOES_NOT_EXIST',
  RESOURCE_ALREADY_EXISTS: 'MLFLOW_ALREADY_EXISTS',
  RESOURCE_CONFLICT: 'MLFLOW_CONFLICT',
  INVALID_STATE: 'MLFLOW_INVALID_STATE',
  NOT_FOUND: 'MLFLOW_NOT_FOUND',
  NOT_IMPLEMENTED: 'MLFLOW_NOT_IMPLEMENTED',
} as const satisfies Record<MlflowCode, ErrorCode>;

const ours = new Map<ErrorCode, string>([
  ...Object.entries(CODES).map(([theirs, code]): [ErrorCode, string] => [code, theirs]),
  ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
  ['FORBIDDEN', 'PERMISSION_DENIED'],
  ['FORBIDDEN_ORIGIN', 'PERMISSION_DENIED'],
  ['ROUTE_NOT_FOUND', 'ENDPOINT_NOT_FOUND'],
  ['MODEL_NOT_FOUND', 'RESOURCE_DOES_NOT_EXIST'],
  ['FILE_NOT_FOUND', 'RESOURCE_DOES_NOT_EXIST'],
  ['RATE_LIMITED', 'RESOURCE_EXHAUSTED'],
  ['NOT_READY', 'TEMPORARILY_UNAVAILABLE'],
  ['OVERLOADED', 'TEMPORARILY_UNAVAILABLE'],
  ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
]);

/** What MLflow's server adds to an error: its SQLSTATE and class. */
const CLASSES: Readonly<Record<string, readonly [string, string]>> = {
  BAD_REQUEST: ['KAM00', 'INVALID_PARAMETER_VALUE'],
  ENDPOINT_NOT_FOUND: ['KAM00', 'RESOURCE_NOT_FOUND'],
  INTERNAL_ERROR: ['XXM00', 'CLIENT_INTERNAL_ERROR'],
  INVALID_PARAMETER_VALUE: ['KAM00', 'INVALID_PARAMETER_VALUE'],
  INVALID_STATE: ['XXM00', 'CLIENT_INTERNAL_ERROR'],
  NOT_FOUND: ['KAM00', 'RESOURCE_NOT_FOUND'],
  PERMISSION_DENIED: ['KAM00', 'PERMISSION_DENIED'],
  RESOURCE_ALREADY_EXISTS: ['KAM00', 'RESOURCE_ALREADY_EXISTS'],
  RESOURCE_DOES_NOT_EXIST: ['KAM00', 'RESOURCE_NOT_FOUND'],
  TEMPORARILY_UNAVAILABLE: ['XXM00', 'CLIENT_INTERNAL_ERROR'],
};

/** An error with MLflow's code and text; its status is the one of MLflow's server. */
export function refuse(code: MlflowCode, problem: string): SlipwayError {
  return fail(CODES[code], { problem });
}

/** The most frequent one. */
export function invalid(problem: string): SlipwayError {
  return refuse('INVALID_PARAMETER_VALUE', problem);
}

/** MLflow's form of an error: `{"error_code": …, "message": …, "sqlstate": …, "error_class": …}`. */
export function mlflowError(error: SlipwayError): Reply {
  const code = ours.get(error.code) ?? (error.status >= 500 ? 'INTERNAL_ERROR' : 'BAD_REQUEST');
  const [sqlstate, errorClass] = Object.hasOwn(CLASSES, code) ? (CLASSES[code] ?? []) : [];
  const isOurs = !error.code.startsWith('MLFLOW_') && error.hint !== '';
  const body = {
    error_code: code,
    // MLflow's clients show this text only: what helps stands in it.
    message: isOurs ? `${error.message} ${error.hint}` : error.message,
    ...(sqlstate === undefined ? {} : { sqlstate, error_class: errorClass }),
  };
  const headers = ['content-type', 'application/json', ...errorHeaders(error)];
  return { status: error.status, headers, body: JSON.stringify(body) };
}
