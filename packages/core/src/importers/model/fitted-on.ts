/** What a model was fitted on: a table (names known), an array, or texts. */
export interface FittedOn {
  readonly names: readonly string[] | undefined;
  readonly count: number | undefined;
  readonly text: boolean;
}
