/** What is expected next, as Go's scanner words it after `invalid character 'x' `. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'after pair' | 'after element' | 'end'

const words: Record<Expected, string> = {
  value: 'looking for beginning of value',
  'value or ]': 'looking for beginning of value',
  key: 'looking for beginning of object key string',
  'key or }': 'looking for beginning of object key string',
  colon: 'after object key',
  'after pair': 'after object key:value pair',
  'after element': 'after array element',
  end: 'after top-level value',
}

/** Says in the words of Go's encoding/json what is wrong with a text that JSON.parse refused. */
export function syntaxError(text: string): string {
  const open: ('{' | '[')[] = []
  let expected: Expected = 'value'
  let at = 0
  const afterValue = (): Expected =>
    open.length === 0 ? 'end' : open[open.length - 1] === '{' ? 'after pair' : 'after element'

  for (;;) {
    while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++
    if (at >= text.length) return 'unexpected EOF'
    const char = text.charAt(at)
    const closes = (char === '}' && open.at(-1) === '{') || (char === ']' && open.at(-1) === '[')
    if (closes && ['key or }', 'value or ]', 'after pair', 'after element'].includes(expected)) {
      open.pop()
      at++
      expected = afterValue()
    } else if (expected === 'colon' && char === ':') {
      at++
      expected = 'value'
    } else if ((expected === 'after pair' || expected === 'after element') && char === ',') {
      at++
      expected = expected === 'after pair' ? 'key' : 'value'
    } else if (expected === 'key' || expected === 'key or }') {
      if (char !== '"') return bad(char, words[expected])
      const found = readString(text, at)
      if (typeof found === 'string') return found
      at = found
      expected = 'colon'
    } else if (expected === 'value' || expected === 'value or ]') {
      if (char === '{' || char === '[') {
        open.push(char)
        at++
        expected = char === '{' ? 'key or }' : 'value or ]'
      } else {
        const found = readScalar(text, at)
        if (typeof found === 'string') return found
        at = found
        expected = afterValue()
      }
    } else {
      return bad(char, words[expected])
    }
  }
}

/** The position after the string that begins at `start`, or what is wrong with it. */
function readString(text: string, start: number): number | string {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') return at + 1
    if (char < ' ') return bad(char, 'in string literal')
    if (char !== '\\') continue
    const escaped = text.charAt(++at)
    if (escaped === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        const hex = text.charAt(++at)
        if (hex !== '' && !/[\da-fA-F]/.test(hex)) return bad(hex, 'in \\u hexadecimal character escape')
      }
    } else if (escaped !== '' && !'"\\/bfnrt'.includes(escaped)) {
      return bad(escaped, 'in string escape code')
    }
  }
  return 'unexpected EOF'
}

function readScalar(text: string, start: number): number | string {
  const char = text.charAt(start)
  if (char === '"') return readString(text, start)
  if (/[-\d]/.test(char)) return readNumber(text, start)
  const word = { t: 'true', f: 'false', n: 'null' }[char]
  if (word === undefined) return bad(char, words.value)
  for (let index = 1; index < word.length; index++) {
    const found = text.charAt(start + index)
    if (found === '') return 'unexpected EOF'
    if (found !== word[index]) return bad(found, `in literal ${word} (expecting '${word.charAt(index)}')`)
  }
  return start + word.length
}

function readNumber(text: string, start: number): number | string {
  const [found = ''] = /^-?(0|[1-9]\d*)?(\.\d*)?([eE][+-]?\d*)?/.exec(text.slice(start, start + 400)) ?? []
  const next = text.charAt(start + found.length)
  const why = /^-?$/.test(found)
    ? 'in numeric literal'
    : /\.$/.test(found)
      ? 'after decimal point in numeric literal'
      : /[eE][+-]?$/.test(found)
        ? 'in exponent of numeric literal'
        : undefined
  if (why === undefined) return start + found.length
  return next === '' ? 'unexpected EOF' : bad(next, why)
}

function bad(char: string, why: string): string {
  const shown = char === "'" ? `'\\''` : char === '"' ? `'"'` : `'${JSON.stringify(char).slice(1, -1)}'`
  return `invalid character ${shown} ${why}`
}
