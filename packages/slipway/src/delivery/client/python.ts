import { answerSchema, rowSchema, type Json, type JsonSchema } from '@slipway/core/signature';
import { labelOf, type DeliveredModel } from '../target.ts';

/** `client.py`: types from the signature, and a function that sends rows. Needs Python 3.9 and nothing else. */
export function pythonClient(model: DeliveredModel): string {
  const { signature } = model.pkg.manifest;
  const types = new Types();
  const row = types.of(rowSchema(signature), 'Row');
  const answer = types.of(answerSchema(signature), 'Answer');
  return `"""Client of a model served by Slipway. Written by \`slipway build --target client\`."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

#: Of the package that the types were made from.
DIGEST = ${python(model.pkg.digest)}
#: The model as it was called then.
LABEL = ${python(labelOf(model))}

${types.text()}${row === 'Row' ? '' : `Row = ${row}\n`}${answer === 'Answer' ? '' : `Answer = ${answer}\n`}

class PredictionError(Exception):
    """What the server refused: \`code\`, \`status\`, \`hint\`, \`errors\` (path, expected, received), \`request_id\`."""

    def __init__(self, status: int, problem: Dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or f"The server answered with status {status}.")
        self.status = status
        self.code = problem.get("code", "UNKNOWN")
        self.hint = problem.get("hint")
        self.errors = problem.get("errors", [])
        self.request_id = problem.get("request_id")


class Client:
    """Sends rows to a server. \`ref\` is a model, version, alias or endpoint: churn, churn:3, churn@champion."""

    def __init__(self, url: str, key: Optional[str] = None, ref: str = ${python(model.name)}, timeout: float = 10.0) -> None:
        self._address = f"{url.rstrip('/')}/predict/{urllib.parse.quote(ref, safe='')}"
        self._headers = {"content-type": "application/json"}
        if key is not None:
            self._headers["authorization"] = f"Bearer {key}"
        self._timeout = timeout

    def predict(self, row: Row, extra: Literal["refuse", "ignore"] = "refuse") -> Answer:
        """Answers a row. PredictionError when the server refuses it."""
        return self._send(row, extra)

    def predict_many(self, rows: List[Row], extra: Literal["refuse", "ignore"] = "refuse") -> List[Answer]:
        """Answers each row of a list. PredictionError names every row that is wrong."""
        return self._send(rows, extra)

    def _send(self, body: Any, extra: str) -> Any:
        address = self._address + ("?extra=ignore" if extra == "ignore" else "")
        data = json.dumps(body, allow_nan=False).encode()
        request = urllib.request.Request(address, data, self._headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            try:
                problem = json.load(error)
            except ValueError:
                problem = {}
            raise PredictionError(error.code, problem if isinstance(problem, dict) else {}) from None
`;
}

/** Python types of JSON Schemas. Objects become TypedDicts in the form that takes keys of any text. */
class Types {
  readonly #parts: string[] = [];

  text(): string {
    return this.#parts.map((part) => `${part}\n`).join('');
  }

  of(schema: JsonSchema, name: string): string {
    if (Array.isArray(schema['enum'])) return this.#choices(schema['enum']);
    if (Array.isArray(schema['oneOf']))
      return `Union[${schema['oneOf'].map((one, i) => this.of(one as JsonSchema, `${name}${i + 1}`)).join(', ')}]`;
    const types = (Array.isArray(schema['type']) ? schema['type'] : [schema['type']]).map(String);
    const plain = types.filter((type) => type !== 'null').map((type) => this.#plain(type, schema, name));
    const union = plain.length === 1 ? (plain[0] as string) : `Union[${plain.join(', ')}]`;
    return types.includes('null') ? `Optional[${union}]` : union;
  }

  #plain(type: string, schema: JsonSchema, name: string): string {
    if (type === 'object') return this.#object(schema, name);
    if (type === 'array') {
      const { items } = schema;
      return typeof items === 'object' && items !== null
        ? `List[${this.of(items as JsonSchema, `${name}Item`)}]`
        : 'List[Any]';
    }
    return { integer: 'int', number: 'float', string: 'str', boolean: 'bool' }[type] ?? 'Any';
  }

  #object(schema: JsonSchema, name: string): string {
    const properties = Object.entries(Object(schema['properties']) as Record<string, JsonSchema>);
    const extra = schema['additionalProperties'];
    if (properties.length === 0)
      return `Dict[str, ${typeof extra === 'object' && extra !== null ? this.of(extra as JsonSchema, `${name}Value`) : 'Any'}]`;
    const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
    const all = properties.every(([key]) => required.has(key));
    const lines = properties.map(
      ([key, property], i) => `        ${python(key)}: ${this.of(property, `${name}${i + 1}`)},`,
    );
    this.#parts.push(
      `${name} = TypedDict(\n    ${python(name)},\n    {\n${lines.join('\n')}\n    },${all ? '' : '\n    total=False,'}\n)`,
    );
    return name;
  }

  #choices(values: readonly Json[]): string {
    // Literal takes no fractions.
    if (values.some((value) => typeof value === 'number' && !Number.isInteger(value))) return 'float';
    return values.length === 0 ? 'Any' : `Literal[${values.map(python).join(', ')}]`;
  }
}

/** A value as Python writes it. */
function python(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  // JSON's escapes are Python's, but for characters beyond 16 bits, which stay as they are.
  return JSON.stringify(value);
}
