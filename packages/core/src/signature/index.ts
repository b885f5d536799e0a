export { isWithin, tightest, type Limit } from './limits.ts';
export type {
  Column,
  ColumnType,
  Outputs,
  RowForm,
  Scalar,
  Signature,
  Structure,
  Task,
  TensorSpec,
} from './signature.ts';
export { bindAnswers, exactInteger, type Answer, type AnswerCell, type Answers, type AnswerValue } from './answers.ts';
export { csvCell, type CsvAnswer } from './answer-csv.ts';
export { cellWriter, writeCells, type CellWriter } from './answer-csv-bytes.ts';
export { answerOutputs, labelKey } from './answer-shape.ts';
export { decodeColumns, decodeMatrix, type ColumnData } from './column-batch.ts';
export { CsvDecoder } from './csv-decoder.ts';
export { elementsOf, type Elements } from './elements.ts';
export { exampleRow, exampleRows, exampleValue, type Json } from './example-row.ts';
export { answerSchema, columnSchema, rowSchema, type JsonSchema } from './json-schema.ts';
export { parseJson } from './json-document.ts';
export { JsonlDecoder } from './jsonl-decoder.ts';
export { ARRAY_INPUT, IMAGE_INPUT, TEXT_INPUT, type Layout } from './layout.ts';
export { MISSING } from './missing.ts';
export { nearest } from './nearest.ts';
export { received } from './problems.ts';
export type { FileOptions, Rejected, RowBatch } from './row-batch.ts';
export { compileRows, type Decoded, type RowOptions, type Rows } from './rows.ts';
export { checkSize, type SizeLimits } from './size-limits.ts';
