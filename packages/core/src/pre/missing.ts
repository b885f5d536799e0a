/** Stands for a missing text in columns; a private-use character keeps it apart from every real one. */
export const MISSING = '\u{E000}null';
