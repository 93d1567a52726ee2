import { posix } from 'node:path'
import { invalid } from './errors.js'

interface Rule {
  pattern: RegExp
  /** Takes back what earlier rules exclude. */
  isException: boolean
  /** The pattern as a path. */
  path: string
}

/**
 * The lines of a `.dockerignore`: patterns of Go's filepath.Match with `**` for any number of folders, `!` before an
 * exception, `#` before a comment. The last rule that matches a path, or a folder above it, counts.
 */
export class IgnoreRules {
  private constructor(private readonly rules: Rule[]) {}

  /** Throws for what is no pattern. */
  static parse(text: string): IgnoreRules {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
    return IgnoreRules.of(lines.filter((line) => !line.startsWith('#')).map((line) => line.trim()))
  }

  static of(patterns: string[]): IgnoreRules {
    return new IgnoreRules(patterns.filter((pattern) => pattern !== '').map(ruleOf))
  }

  /** `path` is relative to the folder that the rules are for, with slashes. */
  excludes(path: string): boolean {
    const parents = path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))
    return this.rules.reduce((excluded, { pattern, isException }) => {
      if (excluded !== isException) return excluded
      return parents.some((part) => pattern.test(part)) ? !isException : excluded
    }, false)
  }

  /** Whether something below an excluded folder may be wanted all the same. */
  mayKeepBelow(folder: string): boolean {
    return this.rules.some(({ isException, path }) => {
      return isException && (path.startsWith(`${folder}/`) || path.includes('*') || path.includes('?'))
    })
  }
}

function ruleOf(line: string): Rule {
  const isException = line.startsWith('!')
  const written = isException ? line.slice(1).trim() : line
  if (written === '') throw invalid('ignore.pattern', 'illegal exclusion pattern: "!"')
  const path = posix.normalize(written).replace(/^\/+/, '').replace(/\/$/, '') || '.'
  return { pattern: patternOf(path), isException, path }
}

function patternOf(path: string): RegExp {
  let source = ''
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at)
    if (path.startsWith('**', at)) {
      at++
      if (path.charAt(at + 1) === '/') at++
      source += at + 1 >= path.length ? '.*' : '(?:.*/)?'
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '\\') source += literal(path.charAt(++at))
    else source += char === '[' || char === ']' || char === '^' || char === '-' ? char : literal(char)
  }
  try {
    return new RegExp(`^${source}$`, 's')
  } catch (cause) {
    throw invalid('ignore.pattern', `syntax error in pattern: ${path}`, { cause })
  }
}

const literal = (char: string): string => char.replace(/[.+$(){}|\\/*?[\]^-]/, '\\$&')
