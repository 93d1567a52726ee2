import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { conflict, internal, invalid } from '@essaim/base'
import type { ContainerTopResponse } from '@essaim/api-types'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { isAlive } from './record.js'

const run = promisify(execFile)

/** The host's ps with `psArgs`, of its lines those of the container's processes. Messages are Docker's. */
export async function topContainer(deps: ContainerDeps, ref: string, psArgs: string): Promise<ContainerTopResponse> {
  const container = deps.registry.find(ref)
  const { id, record } = container
  const args = (psArgs || '-ef').split(/\s+/).filter((word) => word !== '')
  if (args.some((word) => /^-?-?pid=|^-?q/.test(word) && word.includes('='))) {
    throw invalid('container.top', 'arguments of ps may not choose processes')
  }
  if (!isAlive(record.state)) throw conflict('container.not-running', `Container ${id} is not running`)
  if (record.state.status === 'restarting') {
    throw conflict('container.restarting', `Container ${id} is restarting, wait until the container is running`)
  }
  const pids = new Set((await deps.containerd.tasks.pids(id)).map(({ pid }) => pid))
  const answer = parsePs(await runPs(args), pids)
  publish(deps, container, 'top')
  return answer
}

async function runPs(args: string[]): Promise<string> {
  try {
    const { stdout } = await run('ps', args, { maxBuffer: 64 << 20 })
    return stdout
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string }
    const [first = ''] = stderr.split('\n')
    throw internal('container.top', `ps: ${first}`, { cause: error })
  }
}

/** `ps` output as titles and rows; the last column takes the rest of its line. */
export function parsePs(output: string, pids: Set<number>): ContainerTopResponse {
  const [head = '', ...lines] = output.split('\n')
  const titles = head.split(/\s+/).filter((word) => word !== '')
  const pidColumn = titles.indexOf('PID')
  if (pidColumn < 0) throw invalid('container.top', "Couldn't find PID field in ps output")
  const rows = lines.flatMap((line) => {
    const words = line.split(/\s+/).filter((word) => word !== '')
    if (words.length === 0 || !pids.has(Number(words[pidColumn]))) return []
    const last = titles.length - 1
    return [[...words.slice(0, last), words.slice(last).join(' ')]]
  })
  return { Titles: titles, Processes: rows }
}
