import type { Context } from '../core/context.js'
import { clip } from '../format/human.js'
import { styleFor } from '../format/style.js'

/** One line of the board. */
export interface BoardLine {
  name: string
  /** From 0 to 1. */
  share: number
  text: string
  state: 'busy' | 'good' | 'bad'
}

/** Shows work under way: lines that are painted over on a terminal, a line for each change elsewhere. */
export interface Board {
  show(lines: BoardLine[]): void
}

export function createBoard(context: Context): Board {
  return context.err.isTTY ? terminalBoard(context) : plainBoard(context)
}

function terminalBoard(context: Context): Board {
  const style = styleFor(context.err, context.env)
  let painted = 0
  return {
    show(lines) {
      const width = Math.max(40, context.err.columns || 80)
      const longest = Math.max(...lines.map((line) => line.name.length))
      const rows = lines.map(({ name, share, text, state }) => {
        const room = width - longest - 25
        return `${style[state](marks[state])} ${name.padEnd(longest)}  ${bar(share)}  ${style.dim(clip(text, Math.max(room, 10)))}`
      })
      const up = painted > 0 ? `\u001b[${painted}A` : ''
      context.err.write(up + rows.map((row) => `\u001b[2K${row}\n`).join(''))
      painted = rows.length
    },
  }
}

const marks = { busy: '…', good: '✓', bad: '✗' } as const

function bar(share: number): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * 16)
  return `[${'='.repeat(filled)}${' '.repeat(16 - filled)}]`
}

function plainBoard(context: Context): Board {
  const last = new Map<string, string>()
  return {
    show(lines) {
      for (const { name, text } of lines) {
        if (last.get(name) === text) continue
        last.set(name, text)
        context.warn(`${name}: ${text}`)
      }
    },
  }
}
