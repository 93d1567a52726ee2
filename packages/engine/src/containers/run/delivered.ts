import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { sleep } from '@essaim/base'

/** How often it is looked; the pauses double from 1 ms. Together about a tenth of a second. */
const looks = 7

/** The parent of a process; of a container's first process that is its shim. Undefined when the process is gone. */
export function parentOf(pid: number): number | undefined {
  try {
    // The name is in brackets and may hold anything (proc(5)).
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return Number(parent)
  } catch {
    return undefined
  }
}

/**
 * Whether the shim has passed on all output of a container that has ended: it closes a spool after the last byte. False
 * when that is not seen soon, or cannot be seen; deleting the task waits for it, too, and takes longer.
 */
export async function outputDelivered(shim: number | undefined, id: string): Promise<boolean> {
  if (shim === undefined) return false
  for (let look = 0; look < looks; look++) {
    if (!holdsSpool(shim, id)) return true
    await sleep(2 ** look)
  }
  return false
}

function holdsSpool(shim: number, id: string): boolean {
  const folder = `/proc/${shim}/fd`
  try {
    return readdirSync(folder).some((fd) => target(`${folder}/${fd}`).includes(`/${id}/std`))
  } catch {
    // The shim itself has ended.
    return false
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed since the folder was read.
    return ''
  }
}
