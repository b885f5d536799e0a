import { fail } from '../errors/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { codeOf } from './dtypes.ts';
import type { Attribute, Graph, Node, OnnxModel, ValueInfo, ValueType } from './model.ts';
import { writeWire, type WireWriter } from './wire-writer.ts';

/** protobuf refuses messages beyond 2 GiB. */
const maxBytes = 2 ** 31 - 1;

/** The bytes of an .onnx file. The same model gives the same bytes. Field numbers are those of onnx.proto. */
export function writeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  return writeWire(
    (w) => writeModel(w, model),
    (size) => {
      if (size > maxBytes) throw fail('LIMIT_EXCEEDED', { format: 'ONNX', what: 'the model', limit: '2 GiB' });
    },
  );
}

function writeModel(w: WireWriter, model: OnnxModel): void {
  w.int(1, model.irVersion);
  w.string(2, model.producer);
  w.message(7, () => writeGraph(w, model.graph));
  for (const { domain, version } of model.opsets) {
    w.message(8, () => {
      w.string(1, domain);
      w.int(2, version);
    });
  }
  for (const [key, value] of model.metadata) {
    w.message(14, () => {
      w.string(1, key);
      w.string(2, value);
    });
  }
}

function writeGraph(w: WireWriter, graph: Graph): void {
  for (const node of graph.nodes) w.message(1, () => writeNode(w, node));
  w.string(2, graph.name);
  for (const [name, tensor] of graph.initializers) w.message(5, () => writeTensor(w, name, tensor));
  for (const input of graph.inputs) w.message(11, () => writeValueInfo(w, input));
  for (const output of graph.outputs) w.message(12, () => writeValueInfo(w, output));
}

function writeNode(w: WireWriter, node: Node): void {
  for (const input of node.inputs) w.string(1, input);
  for (const output of node.outputs) w.string(2, output);
  if (node.name) w.string(3, node.name);
  w.string(4, node.op);
  for (const [name, attribute] of node.attributes) w.message(5, () => writeAttribute(w, name, attribute));
  if (node.domain) w.string(7, node.domain);
}

function writeAttribute(w: WireWriter, name: string, attribute: Attribute): void {
  w.string(1, name);
  switch (attribute.kind) {
    case 'float':
      w.float(2, attribute.value);
      w.int(20, 1);
      return;
    case 'int':
      w.int(3, attribute.value);
      w.int(20, 2);
      return;
    case 'string':
      w.string(4, attribute.value);
      w.int(20, 3);
      return;
    case 'tensor':
      w.message(5, () => writeTensor(w, '', attribute.value));
      w.int(20, 4);
      return;
    case 'graph':
      w.message(6, () => writeGraph(w, attribute.value));
      w.int(20, 5);
      return;
    case 'floats':
      w.packedFloats(7, attribute.value);
      w.int(20, 6);
      return;
    case 'ints':
      w.packedInts(8, attribute.value);
      w.int(20, 7);
      return;
    case 'strings':
      w.strings(9, attribute.value);
      w.int(20, 8);
  }
}

function writeTensor(w: WireWriter, name: string, { dtype, shape, data }: Tensor): void {
  if (shape.length > 0) w.packedInts(1, shape);
  w.int(2, codeOf(dtype));
  if (!ArrayBuffer.isView(data)) w.strings(6, data);
  if (name) w.string(8, name);
  if (ArrayBuffer.isView(data)) w.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo(w: WireWriter, info: ValueInfo): void {
  w.string(1, info.name);
  w.message(2, () => writeType(w, info.type));
}

function writeType(w: WireWriter, type: ValueType): void {
  switch (type.kind) {
    case 'tensor':
      w.message(1, () => {
        w.int(1, codeOf(type.dtype));
        const { shape } = type;
        if (shape) w.message(2, () => shape.forEach((dim) => w.message(1, () => writeDim(w, dim))));
      });
      return;
    case 'sequence':
      w.message(4, () => w.message(1, () => writeType(w, type.element)));
      return;
    case 'map':
      w.message(5, () => {
        w.int(1, codeOf(type.key));
        w.message(2, () => writeType(w, type.value));
      });
      return;
    case 'optional':
      w.message(9, () => w.message(1, () => writeType(w, type.element)));
  }
}

function writeDim(w: WireWriter, dim: number | string | null): void {
  if (typeof dim === 'number') w.int(1, dim);
  else if (typeof dim === 'string') w.string(2, dim);
}
