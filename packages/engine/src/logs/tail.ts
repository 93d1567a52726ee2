import { fstatSync, readSync } from 'node:fs'
import type { OpenLog } from './open-log.js'

const block = 65_536

/** Where the last `count` lines of a row of files start; the files are read from the end, no more of them than needed. */
export async function tailOffset(files: OpenLog[], count: number): Promise<{ file: number; offset: number }> {
  let missing = count
  for (let file = files.length - 1; file >= 0; file--) {
    const fd = await files[file]?.plain()
    if (fd === undefined) continue
    const size = fstatSync(fd).size
    if (missing <= 0) return { file, offset: size }
    const buffer = Buffer.allocUnsafe(block)
    for (let end = size; end > 0;) {
      const start = Math.max(0, end - block)
      readSync(fd, buffer, 0, end - start, start)
      for (let at = end - start - 1; at >= 0; at--) {
        // The newline at the very end closes the last line; every other one begins the line after it.
        if (buffer[at] !== 10 || start + at === size - 1) continue
        if (--missing === 0) return { file, offset: start + at + 1 }
      }
      end = start
    }
    // The file's first line has no newline before it.
    if (size > 0 && --missing === 0) return { file, offset: 0 }
  }
  return { file: 0, offset: 0 }
}
