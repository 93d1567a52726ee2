/** The grammar of an image reference (distribution/reference), with Docker's rule that a name is not 64 hex digits. */
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const host = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])'
const domain = `(?:${host}(?:\\.${host})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`
const reference = new RegExp(
  `^(?:${domain}/)?${part}(?:/${part})*(?::[\\w][\\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$`,
)

export function isImageReference(text: string): boolean {
  return reference.test(text) && !/^[a-f0-9]{64}$/.test(text) && text.length <= 255 + 128 + 72
}
