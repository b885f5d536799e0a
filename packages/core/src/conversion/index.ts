export { cellsOf, jsonRow, rowAt, tensorsOf, type Cells, type Tensors } from './cells.ts';
export { convert, requirementsOf, type Converted } from './convert.ts';
export { compiledExecutor, type Executor, type RunningModel } from './executor.ts';
export { fromSaved, type Expected, type Original } from './expectations.ts';
export { passGate, type AskedExecutor, type Gated, type GateReport } from './gate.ts';
export { inspect, type Findings, type Host, type InspectedModel, type NamedGlobal } from './inspect.ts';
export { draftPackage, finishPackage, outputsOf, type Draft, type Origin } from './package-files.ts';
export { evaluate } from './reference.ts';
export { readSavedGoldens, type Saved, type SavedGolden } from './saved.ts';
