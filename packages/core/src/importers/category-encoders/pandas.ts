import { asNumber, itemsOf, NdArray, PyDict, PyObject, PyTuple, type Plain, textOf } from '../sklearn/fitted.ts';

/** A pandas Series as it lies in a pickle: labels and values, item by item. */
export interface Series {
  readonly index: readonly Plain[];
  readonly values: readonly Plain[];
}

/** A pandas DataFrame: labels, and a list of values for each column. */
export interface Frame {
  readonly index: readonly Plain[];
  readonly columns: readonly { readonly name: string; readonly values: readonly Plain[] }[];
}

/** Reads a Series of pandas 1 to 3; undefined for anything else. */
export function seriesOf(item: Plain | undefined): Series | undefined {
  if (!(item instanceof PyObject) || !/^pandas\.(core\.series\.)?Series$/.test(item.path)) return undefined;
  const parts = managerParts(item);
  const index = indexOf(parts?.axes[0]);
  const values = arrayOf(parts?.blocks[0]?.values);
  return index && values && index.length === values.length ? { index, values } : undefined;
}

/** Reads a DataFrame of pandas 1 to 3; undefined for anything else. */
export function frameOf(item: Plain | undefined): Frame | undefined {
  if (!(item instanceof PyObject) || !/^pandas\.(core\.frame\.)?DataFrame$/.test(item.path)) return undefined;
  const parts = managerParts(item);
  const names = indexOf(parts?.axes[0]);
  const index = indexOf(parts?.axes[1]);
  if (!parts || !names || !index) return undefined;
  const columns: (readonly Plain[] | undefined)[] = names.map(() => undefined);
  for (const { values, places } of parts.blocks) {
    const cells = arrayOf(values);
    const positions = placesOf(places);
    if (cells?.length !== (positions?.length ?? -1) * index.length) return undefined;
    positions?.forEach(
      (position, row) => (columns[position] = cells.slice(row * index.length, (row + 1) * index.length)),
    );
  }
  if (columns.includes(undefined)) return undefined;
  return { index, columns: names.map((name, i) => ({ name: textOf(name), values: columns[i] as readonly Plain[] })) };
}

interface Block {
  readonly values: Plain | undefined;
  readonly places: Plain | undefined;
}

interface Parts {
  readonly axes: readonly Plain[];
  readonly blocks: readonly Block[];
}

/** Axes and blocks of a block manager: arguments of its constructor, or a state of which the last part names them. */
function managerParts(owner: PyObject): Parts | undefined {
  const manager = owner.attr('_mgr') ?? owner.attr('_data');
  if (!(manager instanceof PyObject)) return undefined;
  if (manager.how === 'call') {
    const [blocks, axes] = manager.args;
    const list = itemsOf(blocks)?.map((block): Block =>
      block instanceof PyObject
        ? { values: block.args[0], places: block.args[1] }
        : { values: undefined, places: undefined },
    );
    return list && { axes: itemsOf(axes) ?? [], blocks: list };
  }
  const state = manager.state instanceof PyTuple ? manager.state.items.at(-1) : undefined;
  const named = state instanceof PyDict ? state.get('0.14.1') : undefined;
  if (!(named instanceof PyDict)) return undefined;
  const blocks = itemsOf(named.get('blocks'))?.map((block): Block =>
    block instanceof PyDict
      ? { values: block.get('values'), places: block.get('mgr_locs') }
      : { values: undefined, places: undefined },
  );
  return blocks && { axes: itemsOf(named.get('axes')) ?? [], blocks };
}

/** Labels of an Index, a RangeIndex or a CategoricalIndex. */
function indexOf(item: Plain | undefined): readonly Plain[] | undefined {
  if (!(item instanceof PyObject) || item.name !== '_new_Index') return undefined;
  const parts = item.args[1];
  if (!(parts instanceof PyDict)) return undefined;
  const data = parts.get('data');
  if (data !== undefined) return arrayOf(data);
  const [start, stop, step] = ['start', 'stop', 'step'].map((name) => asNumber(parts.get(name)));
  return start === undefined || stop === undefined || !step ? undefined : range(start, stop, step);
}

const MOST_LABELS = 10_000_000;

function range(start: number, stop: number, step: number): number[] | undefined {
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return length <= MOST_LABELS ? Array.from({ length }, (_, i) => start + i * step) : undefined;
}

/** Items of a NumPy array, a pandas StringArray or a Categorical, row by row. */
function arrayOf(item: Plain | undefined): readonly Plain[] | undefined {
  if (item instanceof NdArray) return item.toList();
  if (!(item instanceof PyObject)) return undefined;
  const state = item.state instanceof PyTuple ? item.state.items : [];
  const [dtype, data] = state;
  if (!(data instanceof NdArray)) return undefined;
  if (!(dtype instanceof PyObject) || !dtype.name.endsWith('CategoricalDtype')) return data.toList();
  const categories = indexOf(dtype.attr('categories'));
  return categories && data.toList().map((code) => categories[asNumber(code) ?? -1] ?? null);
}

/** Positions of a block's rows among the columns: a slice, or an array. */
function placesOf(item: Plain | undefined): readonly number[] | undefined {
  if (item instanceof NdArray) return [...item.toFloat64()];
  if (!(item instanceof PyObject) || item.name !== 'slice') return undefined;
  const [start, stop, step] = item.args.map(asNumber);
  return start === undefined || stop === undefined ? undefined : range(start, stop, step ?? 1);
}
