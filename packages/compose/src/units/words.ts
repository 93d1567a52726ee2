/**
 * Splits a command as a POSIX shell would, without expanding anything: 'single' quotes, "double" quotes, backslashes,
 * and `#` at the start of a word for a comment. Answers undefined when a quote is not closed.
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) return undefined
      word = (word ?? '') + text.slice(at + 1, end)
      at = end
    } else if (char === '"') {
      const inner = /^"((?:[^"\\]|\\[^])*)"/.exec(text.slice(at))
      if (!inner) return undefined
      word = (word ?? '') + (inner[1] ?? '').replace(/\\([^])/g, '$1')
      at += inner[0].length - 1
    } else if (char === '\\') {
      if (at + 1 === text.length) return undefined
      word = (word ?? '') + text[++at]
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (char === '#' && word === undefined) {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end
    } else word = (word ?? '') + char
  }
  if (word !== undefined) words.push(word)
  return words
}
