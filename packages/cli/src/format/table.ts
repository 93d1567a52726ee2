import { stripVTControlCharacters } from 'node:util'

/** Lines with columns: each as wide as its longest cell and three blanks, as Docker's. Colours count no width. */
export function table(rows: string[][]): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))))
  return rows.map((row) =>
    row
      .map((cell, index) =>
        index === row.length - 1 ? cell : cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell) + 3),
      )
      .join('')
      .trimEnd(),
  )
}

function widthOf(cell: string): number {
  return Array.from(stripVTControlCharacters(cell)).length
}
