import type {
  ContainerCreateRequest,
  ContainerWaitResponse,
  Filters,
  StreamSession,
  WaitCondition,
} from '@essaim/api-types'
import { shortId } from '@essaim/base'
import type { Emit } from '../images/progress.js'

/** On the containers of commands: what a killed daemon has left of them is found by it. */
export const containerLabel = 'essaim.build'

/** What a build needs of the containers. */
export interface BuildContainers {
  list(options: { all: boolean; size: boolean; filters: Filters }): Promise<{ Id?: string }[]>
  create(request: ContainerCreateRequest, options: { platform?: string }): Promise<{ Id: string }>
  attach(
    ref: string,
    options: { logs: boolean; stream: boolean; stdin: boolean; stdout: boolean; stderr: boolean },
    signal: AbortSignal,
  ): Promise<StreamSession>
  wait(ref: string, condition: WaitCondition, signal: AbortSignal): Promise<{ result: Promise<ContainerWaitResponse> }>
  start(ref: string): Promise<void>
  remove(ref: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void>
}

/** The colour that Docker's builder puts around what a command says on its standard error. */
const [red, plain] = ['\u001b[91m', '\u001b[0m']

/**
 * Runs a command in a container of its own, and hands the container to `after` once it has ended: it is removed when
 * that is done, or when anything failed.
 */
export async function runCommand<T>(
  containers: BuildContainers,
  request: ContainerCreateRequest,
  emit: Emit,
  signal: AbortSignal,
  after: (id: string, exitCode: number) => Promise<T>,
): Promise<T> {
  const { Id } = await containers.create({ ...request, Labels: { [containerLabel]: '' } }, {})
  try {
    emit({ stream: ` ---> Running in ${shortId(Id)}\n` })
    const streams = { logs: false, stream: true, stdin: false, stdout: true, stderr: true }
    const session = await containers.attach(Id, streams, signal)
    const { result: exit } = await containers.wait(Id, 'next-exit', signal)
    // Looked at once the output has ended: until then a failure, such as a client's going, is kept.
    exit.catch(() => {})
    await containers.start(Id)
    for await (const { stream, data } of session.output) {
      const text = data.toString('utf8')
      emit({ stream: stream === 'stderr' ? `${red}${text}${plain}` : text })
    }
    const { StatusCode } = await exit
    signal.throwIfAborted()
    const result = await after(Id, StatusCode)
    emit({ stream: `Removing intermediate container ${shortId(Id)}\n` })
    return result
  } finally {
    await containers.remove(Id, { force: true, volumes: true, link: false })
  }
}

/** Removes the containers of builds that were cut short. To be called while no build runs. */
export async function removeLeftContainers(containers: BuildContainers): Promise<void> {
  const left = await containers.list({ all: true, size: false, filters: { label: [containerLabel] } })
  for (const { Id = '' } of left) await containers.remove(Id, { force: true, volumes: true, link: false })
}
