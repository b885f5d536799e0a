import { fieldsOf, malformed, textOf, tooLong, type Fields } from './fields.ts';
import { translate } from './regex.ts';

/** Part of a text that is not tokens yet. `first`: it begins where the whole text begins. */
export interface Piece {
  readonly text: string;
  readonly first: boolean;
}

/** Finds stretches of a text: from, to, and whether the pattern matches there. They cover the text in order. */
export type Finder = (text: string, emit: (from: number, to: number, isMatch: boolean) => void) => void;

/** What becomes of the matches. */
export type Behavior = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

const behaviors: readonly Behavior[] = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'];

/** The behaviour that a component declares. */
export function behaviorOf(value: unknown): Behavior {
  const found = behaviors.find((behavior) => behavior === value);
  if (!found) throw malformed(`the split behaviour ${JSON.stringify(value)} is unknown`);
  return found;
}

/** Matches of a regular expression with the flag `g`; texts beyond `limit` are refused (TOO_LARGE). */
export function finderOf(regex: RegExp, limit = Infinity): Finder {
  return (text, emit) => {
    if (text.length > limit) {
      throw tooLong(`${limit} characters, which the pattern of this tokenizer allows`);
    }
    let at = 0;
    regex.lastIndex = 0;
    for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
      const start = match.index;
      const end = start + match[0].length;
      if (start === end) {
        regex.lastIndex = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
        // Engines look for empty matches inside of surrogate pairs too.
        if (isInsidePair(text, start)) continue;
      }
      if (at !== start) emit(at, start, false);
      emit(start, end, true);
      at = end;
    }
    if (at !== text.length) emit(at, text.length, false);
  };
}

function isInsidePair(text: string, at: number): boolean {
  return at > 0 && (text.codePointAt(at - 1) as number) > 0xffff;
}

/** Single characters of a class (the inside of `[…]`), each a match of its own: a table answers for the basic plane. */
export function classFinder(inside: string): Finder {
  const one = new RegExp(`^[${inside}]$`, 'v');
  const known = new Uint8Array(0x10000);
  const isIn = (text: string, at: number, code: number): boolean => {
    if (code > 0xffff) return one.test(text.slice(at, at + 2));
    let found = known[code] as number;
    if (found === 0) {
      found = one.test(text[at] as string) ? 2 : 1;
      known[code] = found;
    }
    return found === 2;
  };
  return (text, emit) => {
    let done = 0;
    for (let at = 0; at < text.length;) {
      const code = text.codePointAt(at) as number;
      const end = at + (code > 0xffff ? 2 : 1);
      if (isIn(text, at, code)) {
        if (done < at) emit(done, at, false);
        emit(at, end, true);
        done = end;
      }
      at = end;
    }
    if (done < text.length) emit(done, text.length, false);
  };
}

/** The same stretches, with matches and the rest in each other's place. */
export function inverted(find: Finder): Finder {
  return (text, emit) => find(text, (from, to, isMatch) => emit(from, to, !isMatch));
}

/** `{"String": "…"}` or `{"Regex": "…"}`. */
export function patternOf(value: unknown, where: string): Finder {
  const fields: Fields = fieldsOf(value, where);
  if (fields['String'] !== undefined) {
    const plain = textOf(fields['String'], where);
    if (plain === '') throw malformed(`${where} is empty`);
    return (text, emit) => {
      let at = 0;
      for (let start = text.indexOf(plain); start !== -1; start = text.indexOf(plain, at)) {
        if (at !== start) emit(at, start, false);
        at = start + plain.length;
        emit(start, at, true);
      }
      if (at !== text.length) emit(at, text.length, false);
    };
  }
  const { regex, limit } = translate(textOf(fields['Regex'], where));
  return finderOf(regex, limit);
}

/** Splits every piece; empty pieces fall away. */
export function splitter(find: Finder, behavior: Behavior): (pieces: readonly Piece[]) => Piece[] {
  return (pieces) => {
    const out: Piece[] = [];
    for (const piece of pieces) {
      for (const [from, to] of stretches(piece.text, find, behavior)) {
        if (from < to) out.push({ text: piece.text.slice(from, to), first: piece.first && from === 0 });
      }
    }
    return out;
  };
}

function stretches(text: string, find: Finder, behavior: Behavior): [number, number][] {
  const out: [number, number][] = [];
  let previous = false;
  find(text, (from, to, isMatch) => {
    const last = out.at(-1);
    if (behavior === 'Removed') {
      if (!isMatch) out.push([from, to]);
    } else if (behavior === 'Contiguous' && last && isMatch === previous) {
      last[1] = to;
    } else if (behavior === 'MergedWithPrevious' && last && isMatch && !previous) {
      last[1] = to;
    } else if (behavior === 'MergedWithNext' && last && previous && !isMatch) {
      last[1] = to;
    } else out.push([from, to]);
    previous = isMatch;
  });
  return out;
}
