import type { Program } from './code.ts';

/** Lines from which a function is taken apart, and lines of its parts. */
const from = 300;
const [fewest, most] = [20, 120];

/** Variables of the code around a part: rows, columns and lengths of a call, and what was computed before. */
const local = /\b(?:[vixyn]\d+|[rqXYL]|start|end)\b/g;
const declared = /\b(?:const|let) ([vi]\d+)\b/g;

/**
 * Long code with parts that only work on the model's arrays in functions of their own: an engine compiles long
 * functions late, and parts soon. Code is as `Code` writes it: a statement a line, blocks indented.
 */
export function outlined(code: string, program: Program): string {
  const lines = code.split('\n');
  if (lines.length < from) return code;
  const result: string[] = [];
  let part: string[] = [];
  const end = () => {
    if (part.length < fewest) result.push(...part);
    else {
      const name = program.name('f');
      program.scratch.push(`const ${name} = () => {\n${part.join('\n')}\n};`);
      result.push(`${name}();`);
    }
    part = [];
  };
  for (const statement of statements(lines)) {
    if (!isApart(statement)) end();
    if (isApart(statement)) part.push(...statement);
    else result.push(...statement);
    if (part.length >= most) end();
  }
  end();
  return result.join('\n');
}

/** Lines with the blocks that they open, and those that go on where one is closed. */
function statements(lines: readonly string[]): string[][] {
  const indent = (line: string) => line.length - line.trimStart().length;
  const outer = indent(lines[0] ?? '');
  const all: string[][] = [];
  for (const line of lines) {
    const last = all.at(-1);
    const isWithin = indent(line) > outer || line.trimStart().startsWith('}') || line.trimStart().startsWith('else');
    if (last && isWithin) last.push(line);
    else all.push([line]);
  }
  return all;
}

function isApart(statement: readonly string[]): boolean {
  const text = statement.join('\n');
  if (/^\s*(?:const|let|break|continue|return)\b/.test(text)) return false;
  const own = new Set(Array.from(text.matchAll(declared), ([, name]) => name));
  return Array.from(text.matchAll(local)).every(([name]) => own.has(name));
}
