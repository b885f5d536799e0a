export { assemble, type Compiled } from './assemble.ts';
export { compile, generateCode } from './compile.ts';
export type { Constant } from './code.ts';
export { fromModule, toModule, type WrittenModule } from './module.ts';
export type { Factory, Generated, InputPort, OutputPort } from './generated.ts';
