/** Stands for a missing string inside graphs; a private-use character keeps it apart from every real category. */
export const MISSING = '\u{E000}null';
