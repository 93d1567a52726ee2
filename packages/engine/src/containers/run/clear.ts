import { isCode, ociSpec, runcOptions, tolerate, type Containerd } from '../../containerd/index.js'

const sigkill = 9

/** How long a killed process may take until containerd has seen its end. */
const killTimeout = 10_000

/** containerd's name for the runtime that runs one shim per container. */
export const runtime = 'io.containerd.runc.v2'

/**
 * Ends and forgets containerd's task of a container, in whatever state it is; tolerates that there is none. Before the
 * container's record goes: without it, containerd finds the task no more.
 */
export async function clearTask({ tasks }: Containerd, id: string): Promise<void> {
  try {
    await tolerate(tasks.delete(id), 'NOT_FOUND')
  } catch (error) {
    // Its process lives.
    if (!isCode(error, 'FAILED_PRECONDITION', 'UNKNOWN')) throw error
    await tolerate(tasks.kill({ containerId: id, signal: sigkill, all: true }), 'NOT_FOUND', 'FAILED_PRECONDITION')
    await tolerate(tasks.wait(id, undefined, { timeout: killTimeout }), 'NOT_FOUND')
    await tolerate(tasks.delete(id), 'NOT_FOUND')
  }
}

/** The same for a task that has lost its container's record: a creation that was under way while the record went. */
export async function clearOrphan(containerd: Containerd, id: string, runcRoot: string): Promise<void> {
  const { containers, snapshotter } = containerd
  const standIn = {
    id,
    image: '',
    runtime: { name: runtime, options: runcOptions({ root: runcRoot }) },
    spec: ociSpec({ ociVersion: '1.0.2' }),
    snapshotter,
    snapshotKey: id,
  }
  await tolerate(containers.create(standIn), 'ALREADY_EXISTS')
  await clearTask(containerd, id)
  await tolerate(containers.delete(id), 'NOT_FOUND')
}
