/**
 * Every error that Slipway shows: code → HTTP status, title, message, hint.
 *
 * Codes name the problem and are never reused. gRPC status and CLI exit code are derived from `status`.
 * Texts may hold `{placeholders}`; a misspelt or missing one does not compile.
 */
export const catalogue = {
  // ---- requests
  INVALID_INPUT: {
    status: 400,
    title: 'Invalid input',
    message: '{problem}',
    hint: 'See the signature: `slipway inspect` or GET /openapi.json lists the columns and their types.',
  },
  INVALID_JSON: {
    status: 400,
    title: 'Invalid JSON',
    message: 'The body is not valid JSON: {problem}',
    hint: 'Send one row as a JSON object, or an array of rows.',
  },
  INVALID_CSV: {
    status: 400,
    title: 'Invalid CSV',
    message: 'Line {line}: {problem}',
    hint: 'The first line names the columns; quote fields that contain commas, quotes or line breaks.',
  },
  INVALID_REQUEST: {
    status: 400,
    title: 'Invalid request',
    message: '{problem}',
    hint: 'See GET /openapi.json for the parameters of this route.',
  },
  FORBIDDEN_ORIGIN: {
    status: 403,
    title: 'Forbidden',
    message: 'This server is open to programs on this machine only, and the request came with {header}: {value}.',
    hint: 'Call the server directly as http://127.0.0.1, or start it with --auth platform behind a platform that authenticates.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not authenticated',
    message: '{problem}',
    hint: 'Send a key as `Authorization: Bearer slw_…` or `X-API-Key: slw_…`; `slipway keys create` makes one.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'Forbidden',
    message: 'This needs the scope {needed}; the key has {held}.',
    hint: 'Use a key with that scope; `slipway keys create NAME --scope {needed}` makes one.',
  },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    message: '{id} has used up its limit of {limit}.',
    hint: 'Try again after {seconds} s, as Retry-After says, or ask for a higher limit.',
  },
  KEY_NOT_FOUND: {
    status: 404,
    title: 'Key not found',
    message: 'There is no key "{id}".',
    hint: 'List them with `slipway keys list` or GET /api/v1/keys.',
  },
  MODEL_NOT_FOUND: {
    status: 404,
    title: 'Model not found',
    message: 'There is no model or version "{ref}".',
    hint: 'List them with `slipway models` or GET /api/v1/models.',
  },
  REQUEST_NOT_FOUND: {
    status: 404,
    title: 'Request not found',
    message: 'No logged request has the id "{id}".',
    hint: 'Start the server with --request-log 1 and wait a second after the answer, or send the row in place of the request id.',
  },
  WEBHOOK_NOT_FOUND: {
    status: 404,
    title: 'Webhook not found',
    message: 'There is no webhook "{id}".',
    hint: 'List them with `slipway webhooks list` or GET /api/v1/webhooks.',
  },
  ENDPOINT_NOT_FOUND: {
    status: 404,
    title: 'Endpoint not found',
    message: 'There is no endpoint "{name}".',
    hint: 'List them with `slipway endpoints list` or GET /api/v1/endpoints.',
  },
  ROUTE_NOT_FOUND: {
    status: 404,
    title: 'Not found',
    message: 'Nothing answers {method} {path}.',
    hint: 'GET /docs lists the routes.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    message: '{path} does not take {method}.',
    hint: 'It takes: {allow}.',
  },
  CONFLICT: { status: 409, title: 'Conflict', message: '{problem}', hint: 'Read the current state and try again.' },
  TOO_LARGE: {
    status: 413,
    title: 'Too large',
    message: '{what} is larger than the limit of {limit}.',
    hint: 'Send less at once, or raise the limit.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Unsupported media type',
    message: 'Content type {received} is not understood here.',
    hint: 'Use one of: {expected}.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'Request timeout',
    message: 'The request did not arrive in time.',
    hint: 'Send the body without pauses, or less at once.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'Headers too large',
    message: 'The request line and headers are larger than the limit of {limit}.',
    hint: 'Send fewer or shorter headers.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    message: 'Something went wrong on our side.',
    hint: 'The log of the server names the cause under the same request id.',
  },
  NOT_READY: { status: 503, title: 'Not ready', message: '{problem}', hint: 'Try again in a moment.' },
  MODEL_TOO_LARGE: {
    status: 503,
    title: 'Model too large',
    message: '{model} takes {needed}, and all models together may take {budget}.',
    hint: 'Raise --memory-budget, or pin the model (--pin): pinned models are loaded whatever they take.',
  },
  OVERLOADED: {
    status: 503,
    title: 'Overloaded',
    message: '{problem}',
    hint: 'Try again after the time in Retry-After.',
  },
  DEADLINE_EXCEEDED: {
    status: 504,
    title: 'Deadline exceeded',
    message: 'The answer was not ready within {ms} ms.',
    hint: 'Allow more time or send fewer rows at once.',
  },

  // ---- files
  FILE_NOT_FOUND: {
    status: 404,
    title: 'File not found',
    message: 'There is no file "{path}".',
    hint: 'Check the path.',
  },
  UNKNOWN_FORMAT: {
    status: 400,
    title: 'Unknown format',
    message: 'This is not a model file that Slipway knows: {problem}',
    hint: 'Slipway reads pickle, joblib, skops, ONNX, XGBoost, LightGBM and CatBoost files. Save the model itself with joblib.dump(model, "model.joblib").',
  },
  NOT_A_MODEL: {
    status: 400,
    title: 'Not a model',
    message: 'The file was read, but holds no model: {problem}',
    hint: 'Save the fitted estimator or pipeline itself, or a dict that holds one.',
  },
  CORRUPT_FILE: {
    status: 400,
    title: 'Corrupt file',
    message: '{format}: {problem}',
    hint: 'The file is damaged or incomplete. Copy or download it again, or save the model again.',
  },
  LIMIT_EXCEEDED: {
    status: 413,
    title: 'Limit exceeded',
    message: '{format}: {what} exceeds the limit of {limit}.',
    hint: 'Model files from training are far below this limit; raise it only for a file that you trust.',
  },
  UNSAFE_FILE: {
    status: 400,
    title: 'Unsafe file',
    message:
      'The file refers to {global}, which runs code or touches the system when Python loads it. Nothing was executed.',
    hint: 'Do not load this file with Python. Get the model from a source that you trust.',
  },
  UNSAFE_ARCHIVE: {
    status: 400,
    title: 'Unsafe archive',
    message: '{format}: the entry {name} {problem}. Nothing was unpacked.',
    hint: 'An archive that a library or a packer wrote has no such entry. Get the file from a source that you trust.',
  },
  UNSUPPORTED_FORMAT: {
    status: 400,
    title: 'Unsupported format',
    message: '{what} is not supported: {why}',
    hint: '{advice}',
  },
  UNSUPPORTED_MODEL: {
    status: 400,
    title: 'Unsupported model',
    message: '{path}: {what} is not supported{why}',
    hint: '{advice}',
  },
  CUSTOM_CODE: {
    status: 400,
    title: 'Custom Python code',
    message: '{path}: {name} is custom Python code, which Slipway does not run.',
    hint: 'Replace it with a scikit-learn transformer (FunctionTransformer of a NumPy function, ColumnTransformer, …), or move the step before the model.',
  },
  INVALID_GRAPH: {
    status: 400,
    title: 'Invalid graph',
    message: 'The ONNX graph is not valid: {problem}',
    hint: 'Export the model again with a current converter.',
  },
  UNSUPPORTED_OPERATOR: {
    status: 400,
    title: 'Unsupported operator',
    message: '{executor} does not implement the operator {operator}.',
    hint: '{advice}',
  },
  RUNTIME_UNAVAILABLE: {
    status: 400,
    title: 'Runtime unavailable',
    message: 'The model needs {runtime}, which is not installed.',
    hint: '{advice}',
  },
  PARITY_FAILED: {
    status: 400,
    title: 'Parity check failed',
    message: 'The package does not answer like the original: {problem}',
    hint: 'The model was not imported. Please report this with the report that `--json` prints.',
  },

  // ---- packages and registry
  PACKAGE_CORRUPT: {
    status: 400,
    title: 'Corrupt package',
    message: '{path}: {problem}',
    hint: 'The package was changed after it was written. Import the model again or fetch the package again.',
  },
  PACKAGE_UNSUPPORTED: {
    status: 400,
    title: 'Unsupported package',
    message: 'The package has format version {version}; this Slipway reads up to {supported}.',
    hint: 'Update Slipway.',
  },
  ALIAS_NOT_FOUND: {
    status: 404,
    title: 'Alias not found',
    message: 'The model "{model}" has no alias "{alias}".',
    hint: 'Set it with `slipway alias {model} {alias} VERSION`.',
  },
  VERSION_NOT_SERVABLE: {
    status: 409,
    title: 'Version not servable',
    message: '{ref} has no package: {why}.',
    hint: 'See `slipway versions MODEL`; name a version whose state is ready.',
  },
  REMOTE_FAILED: {
    status: 502,
    title: 'Remote place failed',
    message: '{place}: {problem}.',
    hint: 'Check the address, the network and the credentials, and try again.',
  },
  SIGNATURE_MISSING: {
    status: 403,
    title: 'Signature missing',
    message: '{what} has no signature by one of the keys that are required.',
    hint: 'Sign it with `slipway sign {what} --key KEY`, or name the public key of its signer in --require-signature.',
  },

  // ---- MLflow's REST interface; its clients depend on the texts and statuses of MLflow's own server
  MLFLOW_BAD_REQUEST: {
    status: 400,
    title: 'Bad request',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_INVALID_PARAMETER: {
    status: 400,
    title: 'Invalid parameter',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_DOES_NOT_EXIST: {
    status: 404,
    title: 'Does not exist',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_ALREADY_EXISTS: {
    status: 400,
    title: 'Already exists',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_CONFLICT: {
    status: 409,
    title: 'Conflict',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_INVALID_STATE: {
    status: 500,
    title: 'Invalid state',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_INTERNAL: {
    status: 500,
    title: 'Internal error',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_NOT_FOUND: {
    status: 404,
    title: 'Not found',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },
  MLFLOW_NOT_IMPLEMENTED: {
    status: 501,
    title: 'Not implemented',
    message: '{problem}',
    hint: 'It is in the form and words of MLflow’s own server, for its clients; see docs/how-to/track.md.',
  },

  // ---- batch
  INPUT_CHANGED: {
    status: 409,
    title: 'Input changed',
    message: '{path}: {problem}',
    hint: 'Leave the input alone while a job runs or waits to be resumed; --force starts over with the input as it is now.',
  },
  OUTPUT_EXISTS: {
    status: 409,
    title: 'Output exists',
    message: '{path}: {problem}',
    hint: 'Choose another --output, or move what is there away.',
  },
  NO_SPACE: {
    status: 507,
    title: 'No space left',
    message: 'There is no space left to write {path}.',
    hint: 'Free some space, then run the same command again with --resume: what is written already is kept.',
  },
  JOB_NOT_FOUND: {
    status: 404,
    title: 'Job not found',
    message: 'There is no job "{id}".',
    hint: 'List them with `slipway batch jobs` or GET /api/v1/jobs.',
  },
  SCHEDULE_NOT_FOUND: {
    status: 404,
    title: 'Schedule not found',
    message: 'There is no schedule "{name}".',
    hint: 'List them with `slipway batch schedules`.',
  },

  // ---- delivery
  UNDELIVERABLE: {
    status: 400,
    title: 'Not deliverable',
    message: 'The model cannot go to {target}: {why}',
    hint: '{advice}',
  },
  DELIVERY_FAILED: {
    status: 500,
    title: 'Delivery failed',
    message: '{step}: {problem}',
    hint: 'Nothing after this step was done. Put it right and run the same command again: what is done already is found and kept.',
  },
  CREDENTIALS_MISSING: {
    status: 401,
    title: 'Credentials missing',
    message: '{what} needs credentials, and there are none: {problem}',
    hint: '{advice}',
  },

  // ---- command line and configuration
  USAGE: { status: 400, title: 'Usage', message: '{problem}', hint: '{advice}' },
  ADDRESS_IN_USE: {
    status: 409,
    title: 'Address in use',
    message: 'Port {port} on {host} is taken by another program.',
    hint: 'Choose another one with --port, or stop the other program.',
  },
  INVALID_CERTIFICATE: {
    status: 400,
    title: 'Invalid certificate',
    message: '{path}: {problem}.',
    hint: 'The files hold PEM texts: --tls-cert the certificate of the server with those between it and the authority, --tls-key its private key without a passphrase.',
  },
  KEYS_REQUIRED: {
    status: 400,
    title: 'Keys required',
    message: 'Slipway does not listen on {host} without access keys.',
    hint: 'Make a key with `slipway keys create NAME --scope predict`, or listen on 127.0.0.1, or pass --auth platform where the platform in front authenticates every request.',
  },
} as const satisfies Record<string, { status: number; title: string; message: string; hint: string }>;

export type ErrorCode = keyof typeof catalogue;
