/**
 * What invokes a function over HTTP: function URLs and API Gateway's payload 2.0, its payload 1.0, and load balancers.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * @see https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export interface HttpEvent {
  readonly request: Request;
  /** The answer in the form that the invoker reads. */
  answer(response: Response): Promise<HttpResult>;
}

export interface HttpResult {
  readonly statusCode: number;
  readonly statusDescription?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly isBase64Encoded: false;
}

type Fields = Readonly<Record<string, unknown>>;

/** The request inside an event; undefined for an event that is no request. */
export function readEvent(event: unknown): HttpEvent | undefined {
  const fields = object(event);
  const context = object(fields['requestContext']);
  if (fields['version'] === '2.0' && 'http' in context) return gateway2(fields, context);
  if (
    typeof fields['httpMethod'] === 'string' &&
    ('elb' in context || 'resource' in fields || 'requestContext' in fields)
  )
    return gateway1(fields, 'elb' in context);
  return undefined;
}

function gateway2(event: Fields, context: Fields): HttpEvent {
  const http = object(context['http']);
  const stage = context['stage'];
  const path = string(event['rawPath'], '/');
  // A stage that is not the default stands before the path.
  const prefix = typeof stage === 'string' && stage !== '$default' ? `/${stage}` : '';
  const own =
    prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`)) ? path.slice(prefix.length) || '/' : path;
  return {
    request: requestOf(string(http['method'], 'GET'), own, string(event['rawQueryString'], ''), event),
    answer: async (response) => ({
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
      isBase64Encoded: false,
    }),
  };
}

function gateway1(event: Fields, isBalancer: boolean): HttpEvent {
  const query = new URLSearchParams();
  const many = object(event['multiValueQueryStringParameters']);
  const one = object(event['queryStringParameters']);
  // Load balancers pass values on as they came, still encoded.
  const plain = (value: unknown) => (isBalancer ? decode(String(value)) : String(value));
  for (const [name, values] of Object.entries(many)) {
    if (Array.isArray(values)) for (const value of values) query.append(plain(name), plain(value));
  }
  if (Object.keys(many).length === 0)
    for (const [name, value] of Object.entries(one)) query.append(plain(name), plain(value));
  // A target group answers in the form in which it asks.
  const isMany = 'multiValueHeaders' in event && (!isBalancer || !('headers' in event));
  return {
    request: requestOf(String(event['httpMethod']), string(event['path'], '/'), query.toString(), event),
    async answer(response) {
      const headers = [...response.headers];
      return {
        statusCode: response.status,
        ...(isBalancer ? { statusDescription: `${response.status}` } : {}),
        ...(isMany
          ? { multiValueHeaders: Object.fromEntries(headers.map(([name, value]) => [name, [value]])) }
          : { headers: Object.fromEntries(headers) }),
        body: await response.text(),
        isBase64Encoded: false,
      };
    },
  };
}

function requestOf(method: string, path: string, query: string, event: Fields): Request {
  const headers = new Headers();
  const add = (name: string, value: unknown) => {
    try {
      if (typeof value === 'string') headers.append(name, value);
    } catch {
      // No header of HTTP: it is not ours to answer.
    }
  };
  const many = object(event['multiValueHeaders']);
  for (const [name, values] of Object.entries(many))
    if (Array.isArray(values)) for (const value of values) add(name, value);
  for (const [name, value] of Object.entries(object(event['headers']))) if (!headers.has(name)) add(name, value);
  const text = typeof event['body'] === 'string' ? event['body'] : undefined;
  const body = text !== undefined && event['isBase64Encoded'] === true ? bytesOf(text) : text;
  const url = new URL('http://function');
  url.pathname = path;
  url.search = query;
  return new Request(url, {
    method,
    headers,
    ...(method === 'GET' || method === 'HEAD' || body === undefined ? {} : { body }),
  });
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | string {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    // It is answered like any other body that is no JSON.
    return base64;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function object(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function string(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
