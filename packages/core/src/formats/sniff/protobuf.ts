import type { FileKind } from './kinds.ts';

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Fields of onnx.ModelProto by number: their wire type. @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const onnxFields = new Map<number, number>([
  [1, VARINT],
  [2, LENGTH_DELIMITED],
  [3, LENGTH_DELIMITED],
  [4, LENGTH_DELIMITED],
  [5, VARINT],
  [6, LENGTH_DELIMITED],
  [7, LENGTH_DELIMITED],
  [8, LENGTH_DELIMITED],
  [14, LENGTH_DELIMITED],
  [20, LENGTH_DELIMITED],
  [25, LENGTH_DELIMITED],
  [26, LENGTH_DELIMITED],
]);

const HIGHEST_IR_VERSION = 100;

/**
 * Tells ONNX and TensorFlow's SavedModel by their outer fields, without going into any. Both begin with a small version
 * number; an ONNX file has a graph (field 7), which a truncated one at least announces.
 */
export function sniffProtobuf(bytes: Uint8Array): FileKind | undefined {
  let position = 0;
  let hasGraph = false;
  let isSavedModel = true;
  for (let count = 0; position < bytes.length && count < 4096; count++) {
    const tag = varint(bytes, position);
    if (!tag) return undefined;
    const field = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    if (onnxFields.get(field) !== wire || (count === 0 && field !== 1)) return undefined;
    const value = varint(bytes, tag.end);
    if (!value) return undefined;
    if (field === 1 && (value.value < 1 || value.value > HIGHEST_IR_VERSION)) return undefined;
    if (field > 2) isSavedModel = false;
    if (field === 7) hasGraph = true;
    position = wire === LENGTH_DELIMITED ? value.end + value.value : value.end;
    if (position > bytes.length && !hasGraph && !isSavedModel) return undefined;
  }
  if (hasGraph) return 'onnx';
  return isSavedModel && bytes.length > 16 ? 'tf-saved-model' : undefined;
}

function varint(bytes: Uint8Array, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10 && start + i < bytes.length; i++) {
    const byte = bytes[start + i] as number;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: start + i + 1 };
  }
  return undefined;
}
