import { clip } from './human.js'

/** A cell that is painted: its colours count no width, and come after it was cut. */
export interface Painted {
  text: string
  paint: (text: string) => string
}

export type Cell = string | Painted

const gap = 3
/** A column is not made narrower than this, to stay readable. */
const narrowest = 10

/**
 * Lines with columns: each as wide as its longest cell and three blanks, as Docker's. With a `width`, the widest columns
 * give way until the lines fit; what is cut ends in `…`.
 */
export function table(rows: Cell[][], width = Infinity): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, textOf(cell).length)))
  fit(widths, width)
  return rows.map((row) => {
    const last = row.findLastIndex((cell) => textOf(cell) !== '')
    return row
      .slice(0, last + 1)
      .map((cell, at) => {
        const shown = clip(textOf(cell), widths[at] ?? 0)
        const painted = typeof cell === 'string' ? shown : cell.paint(shown)
        return at === last ? painted : painted + ' '.repeat((widths[at] ?? 0) - shown.length + gap)
      })
      .join('')
  })
}

function fit(widths: number[], width: number): void {
  const total = (): number => widths.reduce((sum, column) => sum + column, 0) + gap * (widths.length - 1)
  while (total() > width) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) return
    widths[widths.indexOf(widest)] = widest - 1
  }
}

const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text)
