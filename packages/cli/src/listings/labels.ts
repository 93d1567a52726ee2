export type Labels = Record<string, string> | null | undefined

/** `a=b,c=d`, as Docker prints labels. */
export function labelText(labels: Labels): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** `{{.Label "name"}}`. */
export const labelOf =
  (labels: Labels) =>
  (name: unknown): string =>
    labels?.[String(name)] ?? ''
