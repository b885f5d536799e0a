import { writeOnnx, type OnnxModel } from '@slipway/core/onnx';
import type { Tensor } from '@slipway/core/tensor';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';

/** Runs a graph on ONNX Runtime, straight through its own API. */
export async function runOrt(
  graph: OnnxModel,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(writeOnnx(graph), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const feeds = Object.fromEntries(
      session.inputNames.map((name) => {
        const tensor = inputs[name];
        if (!tensor) throw new Error(`no input ${name}`);
        return [name, new OrtTensor(tensor.dtype as 'float64', tensor.data as Float64Array, tensor.shape)];
      }),
    );
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, result]): [string, Tensor] => [
        name,
        { dtype: result.type as Tensor['dtype'], shape: result.dims, data: result.data },
      ]),
    );
  } finally {
    await session.release();
  }
}
