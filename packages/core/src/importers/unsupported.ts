import { fail, type SlipwayError } from '../errors/index.ts';
import { portableInflate } from '../formats/compression/index.ts';
import { sniff, zipContent } from '../formats/sniff.ts';
import { readZip } from '../formats/zip/index.ts';
import type { Source } from './importer.ts';

interface Refusal {
  readonly what: string;
  readonly why: string;
  readonly advice: string;
}

const laterInOnnx = 'it is a neural network of another runtime, and Slipway serves those as ONNX.';

/** Model files that are known and not read; what to do instead. */
const refusals: Readonly<Record<string, Refusal>> = {
  keras: {
    what: 'A Keras model',
    why: laterInOnnx,
    advice: 'Export it: model.export("model.onnx", format="onnx"), and import model.onnx.',
  },
  hdf5: {
    what: 'An HDF5 file (a Keras .h5 model)',
    why: laterInOnnx,
    advice: 'Load it with Keras and export it: model.export("model.onnx", format="onnx").',
  },
  savedmodel: {
    what: 'A TensorFlow SavedModel',
    why: laterInOnnx,
    advice:
      'Convert it where it was trained: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx, and import model.onnx.',
  },
  tflite: {
    what: 'A TensorFlow Lite model',
    why: laterInOnnx,
    advice: 'Convert it: python -m tf2onnx.convert --tflite model.tflite --output model.onnx.',
  },
  torch: {
    what: 'A PyTorch checkpoint',
    why: "it holds weights; the network's code is not in the file.",
    advice:
      'Build the network where it was trained, load the weights, and run torch.onnx.export(model, example, "model.onnx").',
  },
  torchscript: {
    what: 'A TorchScript archive',
    why: laterInOnnx,
    advice: 'Load it with torch.jit.load and run torch.onnx.export(model, example, "model.onnx").',
  },
  'torch-export': {
    what: 'A PyTorch export archive (.pt2)',
    why: laterInOnnx,
    advice: 'Load it with torch.export.load and run torch.onnx.export(program, ..., "model.onnx").',
  },
};

/** The refusal of a file or folder that is a model of a kind that Slipway does not read; undefined for all others. */
export function refusalOf({ bytes, files }: Source): SlipwayError | undefined {
  const refusal = refusals[bytes ? kindOf(bytes) : files?.has('saved_model.pb') ? 'savedmodel' : ''];
  return refusal && fail('UNSUPPORTED_FORMAT', { ...refusal });
}

function kindOf(bytes: Uint8Array): string {
  const kind = sniff(bytes);
  if (kind === 'tf-saved-model') return 'savedmodel';
  if (kind === 'torch-legacy') return 'torch';
  if (kind !== 'zip') return kind;
  return zipContent(readZip(bytes, portableInflate).names);
}
