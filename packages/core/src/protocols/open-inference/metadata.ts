import { ARRAY_INPUT, TEXT_INPUT, type Column } from '../../signature/index.ts';
import { methodsOf } from '../inference/methods.ts';
import { versionOf } from '../inference/find.ts';
import type { ListedModel, Servable } from '../protocol.ts';
import { datatypeOf } from './datatype.ts';

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** −1 where free. */
  readonly shape: readonly number[];
}

/** What a model takes and gives, for clients that build their requests from it. */
export function modelMetadata(model: Servable, listed: readonly ListedModel[] = []) {
  const versions = listed.flatMap((known) => known.versions.map(({ version }) => String(version ?? 1)));
  return {
    name: model.name,
    versions: versions.length > 0 ? versions.reverse() : [versionOf(model)],
    platform: 'slipway',
    inputs: inputsOf(model),
    outputs: methodsOf(model).map(({ name, dtype, shape }): TensorMetadata => ({
      name,
      datatype: datatypeOf(dtype),
      shape: outputShape(model, shape),
    })),
  };
}

function inputsOf({ signature: { form, columns, tensors = [] }, rows }: Servable): TensorMetadata[] {
  switch (form) {
    case 'table':
      return columns
        .filter((column) => column.required)
        .map((column) => ({ name: column.name, datatype: columnDatatype(column), shape: [-1, 1] }));
    case 'array':
      return [
        { name: ARRAY_INPUT, datatype: rows.layout?.matrix === false ? 'BYTES' : 'FP64', shape: [-1, columns.length] },
      ];
    case 'text':
      return [{ name: columns[0]?.name ?? TEXT_INPUT, datatype: 'BYTES', shape: [-1, 1] }];
    case 'tensors':
      return tensors.map(({ name, dtype, shape }) => ({
        name,
        datatype: datatypeOf(dtype),
        shape: [-1, ...shape.map((dim) => dim ?? -1)],
      }));
  }
}

/** Numbers may be missing, which only floats can say; every numeric datatype is taken. */
function columnDatatype({ type, nullable }: Column): string {
  if (type === 'string' || type === 'datetime') return 'BYTES';
  if (type === 'boolean' && !nullable) return 'BOOL';
  return type === 'integer' && !nullable ? 'INT64' : 'FP64';
}

/** Vectors are columns here, as MLServer writes them; outputs of graphs stay as they are. */
function outputShape({ signature: { task } }: Servable, shape: readonly (number | null)[]): number[] {
  if (shape.length === 0 && task !== 'graph') return [-1, 1];
  return [-1, ...shape.map((dim) => dim ?? -1)];
}
