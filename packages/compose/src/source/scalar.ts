/**
 * What a plain (unquoted) scalar means to Go's YAML reader, which the stock CLI uses: YAML 1.2, where `yes` and `on`
 * are text, with the octal numbers of YAML 1.1 (`mode: 0440`) and underscores in numbers.
 */
export function resolvePlain(source: string): { value: string | number | boolean | null; text: string } {
  if (/^(~|null|Null|NULL|)$/.test(source)) return { value: null, text: '' }
  if (/^(true|True|TRUE)$/.test(source)) return { value: true, text: 'true' }
  if (/^(false|False|FALSE)$/.test(source)) return { value: false, text: 'false' }
  const digits = source.replaceAll('_', '')
  const whole = integer(digits)
  if (whole !== undefined) return { value: Number(whole), text: whole.toString() }
  if (/^[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$/.test(digits)) {
    return { value: Number(digits), text: goFloat(Number(digits)) }
  }
  return { value: source, text: source }
}

function integer(digits: string): bigint | undefined {
  const [, sign, rest = ''] = /^([-+]?)(.*)$/.exec(digits) ?? []
  const magnitude = /^(0|[1-9]\d*|0x[\da-fA-F]+|0b[01]+|0o[0-7]+)$/.test(rest)
    ? BigInt(rest)
    : /^0[0-7]+$/.test(rest)
      ? BigInt(`0o${rest.slice(1)}`)
      : undefined
  return sign === '-' && magnitude !== undefined ? -magnitude : magnitude
}

/** Go's `%v` of a float64: the shortest digits, with an exponent below 1e-4 and from 1e6 on. */
function goFloat(value: number): string {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  // Within these bounds JavaScript writes no exponent either.
  if (power >= -4 && power < 6) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
