/** Marks the command line of the process that reads a foreign file; see `isolate`. */
export const taskFlag = '--isolated-task';
