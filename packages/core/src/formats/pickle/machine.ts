import { fail } from '../../errors/index.ts';
import { PyDict, PyGlobal, PyObject, PySet, PyTuple, type Plain } from '../python/index.ts';
import { readAtom } from './atoms.ts';
import { Budget } from './budget.ts';
import { append, build, setItems } from './build.ts';
import type { Cursor } from './cursor.ts';
import { readIndex } from './literals.ts';
import { GETATTR, Names } from './names.ts';
import { Op } from './opcodes.ts';
import { newObject, reduce } from './reduce.ts';
import { refuseOpcode } from './refuse.ts';
import { PickleStack } from './stack.ts';

/** Where formats that are built on pickle step in. */
export interface PickleHooks {
  /** After BUILD has set an object's state: answers what stands in its place, such as an array that follows in the stream. */
  built?(object: PyObject, machine: PickleMachine): Plain;
  /** The meaning of a persistent id; without it such pickles are refused. */
  persistent?(id: Plain, machine: PickleMachine): Plain;
}

const emptyTuple = new PyTuple([]);

/**
 * Reads pickle opcodes as data, iteratively: nothing is imported, called or looked up.
 *
 * Calls and instances become `PyObject` records; only NumPy data and containers are made (reduce.ts).
 */
export class PickleMachine {
  readonly cursor: Cursor;
  readonly names = new Names();
  readonly budget: Budget;
  /** Highest protocol that the outer stream declares; 0 where it declares none. */
  protocol = 0;
  readonly #hooks: PickleHooks;
  #opcodes = 0;
  #streams = 0;

  constructor(cursor: Cursor, hooks: PickleHooks = {}) {
    this.cursor = cursor;
    this.#hooks = hooks;
    this.budget = new Budget(cursor.limits, cursor.bytes.length);
  }

  /** Reads one stream up to its STOP. Hooks call it again for a stream inside the stream; stack and memo are its own. */
  run(): Plain {
    const { cursor, budget } = this;
    const { limits } = cursor;
    if (this.#streams > limits.nestedPickles) {
      throw fail('LIMIT_EXCEEDED', {
        format: 'pickle',
        what: 'the nesting of streams',
        limit: `${limits.nestedPickles}`,
      });
    }
    this.#streams++;
    const stack = new PickleStack(cursor);
    for (;;) {
      if (++this.#opcodes > limits.opcodes) {
        throw fail('LIMIT_EXCEEDED', { format: 'pickle', what: 'the number of opcodes', limit: `${limits.opcodes}` });
      }
      const opcode = cursor.uint8();
      switch (opcode) {
        case Op.PROTO: {
          const protocol = cursor.uint8();
          if (protocol > 5) throw refuseOpcode(opcode, cursor, protocol);
          if (this.#streams === 1 && protocol > this.protocol) this.protocol = protocol;
          break;
        }
        case Op.FRAME: {
          const length = cursor.length64();
          if (length > cursor.remaining) throw cursor.truncated(length);
          break;
        }
        case Op.STOP:
          this.#streams--;
          return stack.pop();

        // ---- stack and memo
        case Op.MARK:
          stack.mark();
          break;
        case Op.POP:
          stack.drop();
          break;
        case Op.POP_MARK:
          stack.popToMark();
          break;
        case Op.DUP:
          stack.push(stack.top());
          break;
        case Op.PUT:
          stack.memoize(readIndex(cursor));
          break;
        case Op.BINPUT:
          stack.memoize(cursor.uint8());
          break;
        case Op.LONG_BINPUT:
          stack.memoize(cursor.uint32());
          break;
        case Op.MEMOIZE:
          stack.memoizeNext();
          break;
        case Op.GET:
          stack.recall(readIndex(cursor));
          break;
        case Op.BINGET:
          stack.recall(cursor.uint8());
          break;
        case Op.LONG_BINGET:
          stack.recall(cursor.uint32());
          break;

        // ---- containers
        case Op.EMPTY_LIST:
          budget.object();
          stack.push([]);
          break;
        case Op.EMPTY_DICT:
          budget.object();
          stack.push(new PyDict());
          break;
        case Op.EMPTY_SET:
          budget.object();
          stack.push(new PySet([], false));
          break;
        case Op.EMPTY_TUPLE:
          stack.push(emptyTuple);
          break;
        case Op.TUPLE1:
          budget.object();
          stack.push(new PyTuple([stack.pop()]));
          break;
        case Op.TUPLE2: {
          budget.object();
          const last = stack.pop();
          stack.push(new PyTuple([stack.pop(), last]));
          break;
        }
        case Op.TUPLE3: {
          budget.object();
          const last = stack.pop();
          const middle = stack.pop();
          stack.push(new PyTuple([stack.pop(), middle, last]));
          break;
        }
        case Op.TUPLE:
          budget.object();
          stack.push(new PyTuple(stack.popToMark()));
          break;
        case Op.LIST:
          budget.object();
          stack.push(stack.popToMark());
          break;
        case Op.FROZENSET:
          budget.object();
          stack.push(new PySet(stack.popToMark(), true));
          break;
        case Op.DICT: {
          budget.object();
          const items = stack.popToMark();
          const dict = new PyDict();
          setItems(dict, items, cursor, budget);
          stack.push(dict);
          break;
        }
        case Op.APPEND: {
          const item = stack.pop();
          append(stack.top(), [item], cursor);
          break;
        }
        case Op.APPENDS: {
          const items = stack.popToMark();
          append(stack.top(), items, cursor);
          break;
        }
        case Op.SETITEM: {
          const value = stack.pop();
          const key = stack.pop();
          setItems(stack.top(), [key, value], cursor, budget);
          break;
        }
        case Op.SETITEMS: {
          const items = stack.popToMark();
          setItems(stack.top(), items, cursor, budget);
          break;
        }
        case Op.ADDITEMS: {
          const items = stack.popToMark();
          const target = stack.top();
          append(target instanceof PySet ? target.items : target, items, cursor);
          break;
        }

        // ---- names, calls, instances
        case Op.GLOBAL: {
          const module = cursor.utf8Line();
          stack.push(this.#name(module, cursor.utf8Line()));
          break;
        }
        case Op.STACK_GLOBAL: {
          const name = stack.pop();
          const module = stack.pop();
          if (typeof module !== 'string' || typeof name !== 'string') throw cursor.corrupt('a global name is not text');
          stack.push(this.#name(module, name));
          break;
        }
        case Op.REDUCE: {
          const args = this.#tuple(stack.pop());
          stack.push(this.#call(stack.pop(), args));
          break;
        }
        case Op.INST: {
          const module = cursor.utf8Line();
          const cls = this.#name(module, cursor.utf8Line());
          stack.push(this.#call(cls, stack.popToMark()));
          break;
        }
        case Op.OBJ: {
          const [cls, ...args] = stack.popToMark();
          if (cls === undefined) throw cursor.corrupt('an instance has no class');
          stack.push(this.#call(cls, args));
          break;
        }
        case Op.NEWOBJ: {
          const args = this.#tuple(stack.pop());
          stack.push(newObject(this.#callee(stack.pop()), args));
          break;
        }
        case Op.NEWOBJ_EX: {
          const kwargs = stack.pop();
          const args = this.#tuple(stack.pop());
          stack.push(newObject(this.#callee(stack.pop()), args, kwargs));
          break;
        }
        case Op.BUILD: {
          const state = stack.pop();
          const target = stack.top();
          build(target, state, cursor, budget);
          if (target instanceof PyObject && this.#hooks.built) stack.replaceTop(this.#hooks.built(target, this));
          break;
        }
        case Op.PERSID:
        case Op.BINPERSID: {
          if (!this.#hooks.persistent) throw refuseOpcode(opcode, cursor);
          const id = opcode === Op.PERSID ? cursor.utf8Line() : stack.pop();
          stack.push(this.#hooks.persistent(id, this));
          break;
        }
        case Op.READONLY_BUFFER:
          stack.top();
          break;
        default: {
          const atom = readAtom(opcode, cursor, budget);
          if (atom === undefined) throw refuseOpcode(opcode, cursor);
          stack.push(atom);
        }
      }
    }
  }

  #name(module: string, name: string): PyGlobal {
    this.budget.object();
    this.budget.copy(module.length + name.length);
    return this.names.refer(module, name);
  }

  #call(callee: Plain, args: readonly Plain[]): Plain {
    const { path } = this.#callee(callee);
    return (path === GETATTR ? this.names.attribute(args) : undefined) ?? reduce(callee, args, this.budget);
  }

  /** What is called or instantiated: a name, or what another call would give. */
  #callee(callee: Plain): PyGlobal | PyObject {
    this.budget.object();
    if (callee instanceof PyGlobal || callee instanceof PyObject) return callee;
    throw this.cursor.corrupt('something that is no class and no function is called');
  }

  #tuple(args: Plain): readonly Plain[] {
    if (args instanceof PyTuple) return args.items;
    throw this.cursor.corrupt('the arguments of a call are not a tuple');
  }
}
