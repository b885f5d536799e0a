import { labelOf, type DeliveredModel } from '../target.ts';

/** `README.md`. Nothing of the model but its label and digest is in the text: names of columns stay in the JSON files. */
export function readme(model: DeliveredModel): string {
  return `# ${labelOf(model)} as plain ONNX

\`model.onnx\` holds the model with its preprocessing (opset 17, ai.onnx.ml 3): ONNX Runtime 1.15 or later runs it without Slipway and without
Python. Package ${model.pkg.digest}.

| File | Holds |
|---|---|
| \`signature.json\` | inputs and outputs of the graph with dtype and shape (-1: number of rows), what stands for missing values, classes, JSON Schema of a row |
| \`test-vectors.json\` | input tensors with the outputs that must come: run them once on every device that you ship to |

Each input is one tensor for all rows. A missing number is NaN; a missing text is the string under \`missing.string\` in signature.json.

## JavaScript (node: onnxruntime-node; browser: onnxruntime-web; React Native: onnxruntime-react-native)

\`\`\`js
const session = await ort.InferenceSession.create('model.onnx');
const outputs = await session.run({ age: new ort.Tensor('float64', [41], [1, 1]) });
\`\`\`

## C# (Microsoft.ML.OnnxRuntime)

\`\`\`csharp
using var session = new InferenceSession("model.onnx");
using var outputs = session.Run(new[] {
    NamedOnnxValue.CreateFromTensor("age", new DenseTensor<double>(new[] { 41.0 }, new[] { 1, 1 })),
    NamedOnnxValue.CreateFromTensor("plan", new DenseTensor<string>(new[] { "gold" }, new[] { 1, 1 })),
});
\`\`\`

## Java, Android (onnxruntime, onnxruntime-android)

\`\`\`java
OrtEnvironment env = OrtEnvironment.getEnvironment();
try (OrtSession session = env.createSession("model.onnx", new OrtSession.SessionOptions());
     OnnxTensor age = OnnxTensor.createTensor(env, DoubleBuffer.wrap(new double[] {41}), new long[] {1, 1});
     OnnxTensor plan = OnnxTensor.createTensor(env, new String[] {"gold"}, new long[] {1, 1});
     OrtSession.Result outputs = session.run(Map.of("age", age, "plan", plan))) {
}
\`\`\`

The names \`age\` and \`plan\` are examples: take names, dtypes and shapes from signature.json. A build of ONNX Runtime with reduced operators must
keep ai.onnx and ai.onnx.ml.
`;
}
