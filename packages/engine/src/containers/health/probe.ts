import { closeSync, mkdirSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { nowNano, sleep } from '@essaim/base'
import type { HealthcheckResult } from '@essaim/api-types'
import { tolerate } from '../../containerd/index.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { commandText, publish } from '../events.js'
import type { Exec } from '../exec/exec.js'
import { startExec } from '../exec/start.js'

/** Docker keeps as much of a check's output. */
const maxOutput = 4096

const sigkill = 9

/** Runs a check once; one that takes longer than `timeout` milliseconds is killed and has failed. */
export async function probe(
  deps: ContainerDeps,
  container: Container,
  test: string[],
  timeout: number,
  signal: AbortSignal,
): Promise<NonNullable<HealthcheckResult>> {
  const id = deps.ids.hex64()
  const exec: Exec = { id, container, request: { Cmd: test }, state: 'created', pid: 0, exitCode: null }
  const Start = nowNano()
  const folder = deps.paths.exec(container.id, id)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const fd = openSync(join(folder, 'output'), 'w+', 0o600)
  const done = new AbortController()
  try {
    publish(deps, container, `exec_create: ${commandText(test)}`, { execID: id })
    const { exit } = await startExec(deps, exec, { kind: 'file' })
    const late = sleep(timeout, AbortSignal.any([signal, done.signal])).then(() => undefined)
    late.catch(() => {
      // The check was faster, or the container ended.
    })
    const code = await Promise.race([exit, late])
    if (code === undefined) {
      await tolerate(
        deps.containerd.tasks.kill({ containerId: container.id, execId: id, signal: sigkill }),
        'NOT_FOUND',
        'FAILED_PRECONDITION',
      )
      return { Start, End: nowNano(), ExitCode: -1, Output: `Health check exceeded timeout (${seconds(timeout)})` }
    }
    return { Start, End: nowNano(), ExitCode: code, Output: read(fd) }
  } catch (error) {
    if (signal.aborted) throw signal.reason as Error
    return { Start, End: nowNano(), ExitCode: -1, Output: error instanceof Error ? error.message : String(error) }
  } finally {
    done.abort()
    closeSync(fd)
  }
}

function read(fd: number): string {
  const buffer = Buffer.alloc(maxOutput)
  return buffer.subarray(0, readSync(fd, buffer, 0, maxOutput, 0)).toString('utf8')
}

/** As Go prints durations of that size. */
function seconds(ms: number): string {
  if (ms < 1000) return `${ms}ms`
  const minutes = Math.floor(ms / 60_000)
  const rest = `${(ms % 60_000) / 1000}s`
  return minutes > 0 ? `${minutes}m${rest}` : rest
}
