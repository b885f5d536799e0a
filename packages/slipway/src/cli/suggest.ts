/** ` (did you mean "serve"?)`, or nothing. Loaded when something was misspelt: no verb starts later because of it. */
export async function suggest(word: string, candidates: readonly string[]): Promise<string> {
  const { nearest } = await import('@slipway/core/signature');
  const found = nearest(word, candidates);
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}
