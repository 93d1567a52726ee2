/** A list as Go answers it that has nothing in it: null. Clients compare whole answers. */
export function nullIfEmpty<T>(list: readonly T[] | null | undefined): readonly T[] | null {
  return list === undefined || list === null || list.length === 0 ? null : list
}
