export { readArrowStream, type ArrowTable } from './read-stream.ts';
export { writeArrowStream, type ArrowColumn } from './write-stream.ts';
