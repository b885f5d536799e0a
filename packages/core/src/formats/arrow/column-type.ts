import { fail } from '../../errors/index.ts';
import type { FlatTable } from '../flatbuffers/index.ts';

/** How the values of a column lie in their buffer. */
export type Physical =
  | { readonly kind: 'null' }
  | { readonly kind: 'bool' | 'utf8' | 'large-utf8' }
  | { readonly kind: 'int'; readonly bits: number; readonly isSigned: boolean }
  | { readonly kind: 'float'; readonly bits: 16 | 32 | 64 };

export interface ArrowField {
  readonly name: string;
  readonly type: Physical;
  /** The values stand in this dictionary, and the column holds positions. */
  readonly dictionary?: { readonly id: number; readonly index: Physical } | undefined;
}

const NAMES =
  'null, bool, int8 to int64, uint8 to uint64, float16 to float64, string, large_string, dictionary of these';
/** Names of the types that are told and not read. */
const OTHERS = [
  '',
  '',
  '',
  '',
  'binary',
  '',
  '',
  'decimal',
  'date',
  'time',
  'timestamp',
  'interval',
  'list',
  'struct',
  'union',
  'fixed_size_binary',
  'fixed_size_list',
  'map',
  'duration',
  'large_binary',
  '',
  'large_list',
  'run_end_encoded',
  'binary_view',
  'string_view',
  'list_view',
  'large_list_view',
];

/** `Field` of the schema (format/Schema.fbs). */
export function readField(field: FlatTable): ArrowField {
  const name = field.text(0) ?? '';
  const type = physicalOf(name, field.byte(2, 0), field.table(3));
  const encoding = field.table(4);
  if (!encoding) return { name, type };
  const index = encoding.table(1);
  const isDefault = index === undefined;
  const bits = isDefault ? 32 : intBits(name, index.int(0, 0));
  return {
    name,
    type,
    dictionary: {
      id: encoding.long(0, 0),
      index: { kind: 'int', bits, isSigned: isDefault || index.byte(1, 0) !== 0 },
    },
  };
}

function physicalOf(name: string, type: number, about: FlatTable | undefined): Physical {
  switch (type) {
    case 1:
      return { kind: 'null' };
    case 2:
      return { kind: 'int', bits: intBits(name, about?.int(0, 0) ?? 0), isSigned: (about?.byte(1, 0) ?? 0) !== 0 };
    case 3: {
      const bits = ([16, 32, 64] as const)[about?.short(0, 0) ?? 0];
      if (bits !== undefined) return { kind: 'float', bits };
      break;
    }
    case 5:
      return { kind: 'utf8' };
    case 6:
      return { kind: 'bool' };
    case 20:
      return { kind: 'large-utf8' };
  }
  throw unsupported(name, OTHERS[type] || `number ${type}`);
}

function intBits(name: string, bits: number): number {
  if (bits === 8 || bits === 16 || bits === 32 || bits === 64) return bits;
  throw unsupported(name, `int${bits}`);
}

function unsupported(name: string, type: string) {
  return fail(
    'INVALID_INPUT',
    { problem: `${name}: columns of the Arrow type ${type} are not read.` },
    { hint: `Cast it to one of: ${NAMES}.` },
  );
}
