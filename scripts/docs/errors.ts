import { catalogue } from '../../packages/core/src/errors/index.ts';
import { generatedNote, markdownTable, page } from './markdown.ts';

/** `docs/reference/errors.md`: every code of the catalogue with its status, message and hint. */
export function errorsPage(): string {
  const codes = Object.entries(catalogue);
  return page([
    generatedNote,
    '# Errors',
    `Every error has a code. The code names the problem and never changes its meaning: match on it, not on the text. Words in
\`{braces}\` are filled in.`,
    `On the command line an error goes to stderr as \`error[CODE]: message\` and \`hint: …\`. The exit code is 2 for \`USAGE\` and 1 for
everything else. With \`--json\`, and over HTTP, it is an object as in [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457):`,
    `\`\`\`json
{
  "type": "urn:slipway:error:INVALID_INPUT",
  "title": "Invalid input",
  "status": 400,
  "code": "INVALID_INPUT",
  "detail": "rows[3].age: expected a number, received \\"old\\"",
  "hint": "See the signature: …",
  "errors": [{ "path": "rows[3].age", "expected": "number", "received": "\\"old\\"" }],
  "request_id": "…"
}
\`\`\``,
    '`errors` is there for problems of rows: one entry per problem, the first 50. `request_id` is there over HTTP.',
    markdownTable(
      ['Code', 'Status', 'Title'],
      codes.map(([code, { status, title }]) => [`[${code}](#${code.toLowerCase()})`, String(status), title]),
    ),
    ...codes.flatMap(([code, { status, message, hint }]) => [
      `## ${code}`,
      `Status ${status}.`,
      markdownTable(['Message', 'Hint'], [[cell(message), cell(hint)]]),
    ]),
  ]);
}

/** `<` would begin a tag of HTML. */
function cell(text: string): string {
  return text.replaceAll('<', '&lt;');
}
