export { catalogue, type ErrorCode } from './catalogue.ts';
export { fail, show, SlipwayError, type ErrorOptions, type ErrorParams, type Problem } from './error.ts';
export { fromPlain, toPlain, type PlainError } from './plain.ts';
