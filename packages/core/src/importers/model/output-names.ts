import type { Outputs } from '../../signature/index.ts';

type Namer = (name: string) => string;

/** Names of outputs: one that a column has already gets underscores, since a graph's inputs and outputs share their names. */
export function outputNamer(columns: readonly string[]): Namer {
  const taken = new Set(columns);
  return (name) => {
    let free = name;
    while (taken.has(free)) free += '_';
    return free;
  };
}

/** The same parts of an answer in outputs of other names. */
export function renamed({ labelIs, methods = {}, all, structures, ...roles }: Outputs, nameOf: Namer): Outputs {
  const named = (names: Readonly<Record<string, string | undefined>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(names).flatMap(([key, name]) => (name === undefined ? [] : [[key, nameOf(name)]])),
    );
  return {
    ...named(roles),
    ...(labelIs ? { labelIs } : {}),
    ...(all ? { all: all.map(nameOf) } : {}),
    ...(structures ? { structures } : {}),
    methods: named(methods),
  };
}
