import { fail } from '../../errors/index.ts';
import { PyBytes, PyFloat, type Plain } from '../python/index.ts';
import type { Budget } from './budget.ts';
import type { Cursor } from './cursor.ts';
import { integerFromBytes, readDecimal, readDecimalFloat, readQuoted, readRawUnicode } from './literals.ts';
import { Op } from './opcodes.ts';

/** The value of an opcode that stands for itself (numbers, strings, bytes, None, booleans); undefined for any other opcode. */
export function readAtom(opcode: number, cursor: Cursor, budget: Budget): Plain | undefined {
  switch (opcode) {
    case Op.NONE:
      return null;
    case Op.NEWTRUE:
      return true;
    case Op.NEWFALSE:
      return false;
    case Op.INT:
      return readInt(cursor);
    case Op.LONG:
      return readDecimal(cursor);
    case Op.BININT:
      return cursor.int32();
    case Op.BININT1:
      return cursor.uint8();
    case Op.BININT2:
      return cursor.uint16();
    case Op.LONG1:
      return integerFromBytes(cursor.take(cursor.uint8()));
    case Op.LONG4:
      return readLong4(cursor);
    case Op.FLOAT:
      return new PyFloat(readDecimalFloat(cursor));
    case Op.BINFLOAT:
      return new PyFloat(cursor.float64BigEndian());
    case Op.STRING:
      return readQuoted(cursor);
    case Op.BINSTRING:
      return cursor.latin1(readLength(cursor));
    case Op.SHORT_BINSTRING:
      return cursor.latin1(cursor.uint8());
    case Op.UNICODE:
      return readRawUnicode(cursor);
    case Op.BINUNICODE:
      return cursor.utf8(cursor.uint32());
    case Op.SHORT_BINUNICODE:
      return cursor.utf8(cursor.uint8());
    case Op.BINUNICODE8:
      return cursor.utf8(cursor.length64());
    case Op.BINBYTES:
      return readBytes(cursor, cursor.uint32(), budget);
    case Op.SHORT_BINBYTES:
      return readBytes(cursor, cursor.uint8(), budget);
    case Op.BINBYTES8:
    case Op.BYTEARRAY8:
      return readBytes(cursor, cursor.length64(), budget);
    default:
      return undefined;
  }
}

/** Protocol 0 writes True and False as the integers 01 and 00. */
function readInt(cursor: Cursor): Plain {
  const start = cursor.position;
  const value = readDecimal(cursor);
  const hasLeadingZero = cursor.position - start === 3 && cursor.bytes[start] === 0x30;
  return hasLeadingZero && (value === 0 || value === 1) ? value === 1 : value;
}

function readLong4(cursor: Cursor): Plain {
  const length = readLength(cursor);
  const most = cursor.limits.integerBytes;
  if (length > cursor.remaining) throw cursor.truncated(length);
  if (length > most) throw fail('LIMIT_EXCEEDED', { format: 'pickle', what: 'an integer', limit: `${most} bytes` });
  return integerFromBytes(cursor.take(length));
}

/** The lengths of LONG4 and BINSTRING have a sign. */
function readLength(cursor: Cursor): number {
  const length = cursor.int32();
  if (length < 0) throw cursor.corrupt('a value has a negative length');
  return length;
}

/** A view is an object of its own, however short it is. */
function readBytes(cursor: Cursor, length: number, budget: Budget): PyBytes {
  budget.object();
  return new PyBytes(cursor.take(length));
}
