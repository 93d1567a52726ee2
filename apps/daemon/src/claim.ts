import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { conflict, messageOf } from '@essaim/base'

export interface Claim {
  path: string
  /**
   * `lock` notes when the process started, too, since ids are used again; `pid-file` holds the id alone, as those who
   * write `kill $(cat FILE)` expect.
   */
  form: 'lock' | 'pid-file'
  /** What is said while a live daemon holds it. */
  refusal: (pid: number) => string
}

/** Takes a claim over from a process that is gone; refuses while its holder lives. The answer gives it back. */
export function claim({ path, form, refusal }: Claim): () => void {
  const mine = form === 'lock' ? `${process.pid}\n${startOf(process.pid) ?? ''}\n` : `${process.pid}\n`
  for (;;) {
    try {
      const file = openSync(path, 'wx', 0o644)
      writeSync(file, mine)
      closeSync(file)
      return () => {
        if (read(path) === mine) rmSync(path, { force: true })
      }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = holderOf(path)
    if (holder !== undefined) throw conflict('daemon.held', refusal(holder))
    rmSync(path, { force: true })
  }
}

/** The live daemon that a claim names. */
function holderOf(path: string): number | undefined {
  const [pid, start] = read(path).split('\n')
  const holder = Number(pid)
  if (!Number.isInteger(holder) || holder <= 0 || holder === process.pid) return undefined
  const running = startOf(holder)
  if (running === undefined) return undefined
  const same = start === undefined || start === '' ? isDaemon(holder) : start === running
  return same ? holder : undefined
}

function isDaemon(pid: number): boolean {
  const words = read(`/proc/${pid}/cmdline`).split('\0')
  return words.some((word) => basename(word) === 'essaimd')
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    // ESRCH: the process went away between the opening and the reading of its /proc file.
    if (['ENOENT', 'ESRCH'].includes(codeOf(error) ?? '')) return ''
    throw conflict('daemon.claim-unreadable', `cannot read ${path}: ${messageOf(error)}`, { cause: error })
  }
}

/** Field 22 of /proc/PID/stat, counted after the command's closing bracket (proc(5)); undefined for a dead process. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? undefined : fields[19]
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
