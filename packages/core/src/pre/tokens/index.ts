export { tokens, tokensOf } from './run.ts';
export { isTokensStep, tokensOutputs, type TokensStep } from './step.ts';
export { compileTokenizer, type Tokenizer } from './tokenizer.ts';
