import { conflict, isKind, notFound } from '@essaim/base'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { isAlive } from './record.js'
import { parseSignal } from './signals.js'
import { killAndWait, sendSignal } from './stop.js'

const sigkill = 9

/** SIGKILL waits for the end; any other signal is only sent. */
export async function killContainer(deps: ContainerDeps, ref: string, text: string): Promise<void> {
  const signal = parseSignal(text || 'SIGKILL')
  const container = find(deps, ref)
  const { record, id } = container
  if (!isAlive(record.state)) {
    throw conflict('container.not-running', `Cannot kill container: ${ref}: Container ${id} is not running`)
  }
  const ending = signal === sigkill || signal === parseSignal(record.config.StopSignal || 'SIGTERM')
  if (ending) {
    container.stopping = true
    record.stoppedByUser = true
    await deps.registry.save(container)
  }
  if (signal === sigkill) await killAndWait(deps, container)
  else await sendSignal(deps, container, signal)
}

function find({ registry }: ContainerDeps, ref: string): Container {
  try {
    return registry.find(ref)
  } catch (cause) {
    if (!isKind(cause, 'not-found')) throw cause
    throw notFound(cause.code, `Cannot kill container: ${ref}: ${cause.message}`, { cause })
  }
}
