/**
 * Names of the columns: the model's own, or those that a folder around it declares, where it knows none, or where
 * LightGBM wrote `_` for spaces.
 */
export function declaredNames(
  own: readonly string[] | undefined,
  declared: readonly string[] | undefined,
  count: number,
): readonly string[] | undefined {
  if (!own) return declared?.length === count ? declared : undefined;
  const isSame = declared?.length === own.length && own.every((name, i) => declared[i]?.replaceAll(' ', '_') === name);
  return isSame ? declared : own;
}
