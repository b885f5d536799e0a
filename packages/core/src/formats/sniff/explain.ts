import { fail, type SlipwayError } from '../../errors/index.ts';
import { portableInflate } from '../compression/portable-inflate.ts';
import { readZip } from '../zip/index.ts';
import { sniff, titleOf, type FileKind } from './kinds.ts';
import { zipContent, type ZipContent } from './zip.ts';

/** What to do about files that are no model, or not the part of one that is needed. */
const advice: Partial<Record<FileKind, string>> = {
  empty: 'Copy or download the file again: nothing of it arrived.',
  'git-lfs-pointer':
    'The file is only a pointer to the model. Run `git lfs pull` in the repository, or download the file itself, and import that.',
  html: 'A download went wrong: this is the page that the server showed instead of the file (an error, or a login). Open the link in a browser and check it.',
  xml: 'Check that this is the right file.',
  json: 'XGBoost, CatBoost and skops write models as JSON; this document has none of their keys. Check that this is the right file.',
  csv: 'This is data, not a model. Score it with `slipway predict MODEL --input FILE`.',
  parquet: 'This is data, not a model. Score it with `slipway predict MODEL --input FILE`.',
  arrow: 'This is data, not a model. Score it with `slipway predict MODEL --input FILE`.',
  text: 'Check that this is the right file.',
  npy: 'An array alone is no model. Save the fitted estimator with joblib.dump(model, "model.joblib").',
  'torch-legacy':
    'Load it with PyTorch and export it with torch.onnx.export(model, example, "model.onnx"); import that.',
  safetensors: 'It holds weights without the network. Export the model to ONNX, and import that.',
  gguf: 'Slipway does not serve language models of this kind. Use llama.cpp or a server built on it.',
  pmml: 'Slipway imports the estimator itself: save it with joblib.dump(model, "model.joblib").',
  hdf5: 'If it is a Keras model, load it with Keras and export it: model.export("model.onnx", format="onnx").',
  tflite: 'Export the original model to ONNX, and import that.',
  'xgboost-legacy': 'Load it with XGBoost and save it again in the current format: booster.save_model("model.ubj").',
  'lightgbm-json': 'Save the model as text, which is complete: booster.save_model("model.txt").',
  'keras-json': 'Save the whole model: model.save("model.keras").',
  'tf-saved-model': 'Import the folder that this file is in, not the file alone.',
};

const exportToOnnx = 'Export the model to ONNX with torch.onnx.export(model, example, "model.onnx"), and import that.';

/** The same for zip archives that are a format of their own. */
const zipAdvice: Partial<Record<ZipContent, readonly [what: string, advice: string]>> = {
  keras: ['a Keras model', 'Export it to ONNX with model.export("model.onnx", format="onnx"), and import that.'],
  torch: ['a PyTorch checkpoint, which holds weights without the network', exportToOnnx],
  torchscript: ['a TorchScript archive', exportToOnnx],
  'torch-export': ['a PyTorch export archive', exportToOnnx],
  npz: ['a set of NumPy arrays (.npz)', advice.npy as string],
};

/** The error for a file that no importer takes; it says what the file is instead, and what to do. */
export function explainUnknown(bytes: Uint8Array | undefined, name: string): SlipwayError {
  if (!bytes) {
    return fail('UNKNOWN_FORMAT', {
      problem: `the folder "${name}" holds neither an MLmodel file nor a saved_model.pb.`,
    });
  }
  const kind = sniff(bytes);
  const zipped = kind === 'zip' ? zipAdvice[contentOf(bytes)] : undefined;
  if (zipped) return fail('UNKNOWN_FORMAT', { problem: `"${name}" is ${zipped[0]}.` }, { hint: zipped[1] });
  const hint = advice[kind];
  const problem = kind === 'unknown' ? `"${name}" begins like none of them.` : `"${name}" is ${titleOf(kind)}.`;
  return fail('UNKNOWN_FORMAT', { problem }, hint === undefined ? {} : { hint });
}

/** Damaged archives are for whoever reads them to refuse; here they are just archives. */
function contentOf(bytes: Uint8Array): ZipContent {
  try {
    return zipContent(readZip(bytes, portableInflate).names);
  } catch {
    return 'zip';
  }
}
