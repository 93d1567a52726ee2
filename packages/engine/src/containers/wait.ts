import type { ContainerWaitResponse, WaitCondition } from '@essaim/api-types'
import type { ContainerDeps } from './deps.js'
import { isRunning } from './record.js'

/** Registered when it resolves: what happens from then on settles `result`. */
export async function waitContainer(
  { registry }: ContainerDeps,
  ref: string,
  condition: WaitCondition,
  signal: AbortSignal,
): Promise<{ result: Promise<ContainerWaitResponse> }> {
  const container = registry.find(ref)
  switch (condition) {
    case 'not-running':
      return { result: isRunning(container.record.state) ? container.onceExited(signal) : now(container.exitAnswer) }
    case 'next-exit':
      return { result: container.onceExited(signal) }
    case 'removed':
      return { result: container.onceRemoved(signal) }
  }
}

const now = (answer: ContainerWaitResponse): Promise<ContainerWaitResponse> => Promise.resolve(answer)
