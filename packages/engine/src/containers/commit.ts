import type { ContainerConfig, ImageConfig } from '@essaim/api-types'
import type { Containerd } from '../containerd/index.js'
import type { CommitSource } from '../images/contract.js'
import type { Registry } from './registry.js'

/** Containers, as images are made of them. */
export function commitSource(registry: Registry, containerd: Containerd): CommitSource {
  return {
    async forCommit(ref) {
      const { id, record } = registry.find(ref)
      return {
        id,
        snapshotKey: id,
        imageId: record.image,
        config: inherited(record.config),
        command: [record.path, ...record.args],
        attributes: { ...record.config.Labels, image: record.config.Image ?? '', name: record.name },
        async paused(work) {
          if (record.state.status !== 'running') return await work()
          await containerd.tasks.pause(id)
          try {
            return await work()
          } finally {
            await containerd.tasks.resume(id)
          }
        },
      }
    },
  }
}

/** What an image says of its containers, without what is a single container's own. */
function inherited(config: ContainerConfig): ImageConfig {
  const { User, ExposedPorts, Env, Cmd, Healthcheck, Volumes, WorkingDir, Entrypoint, OnBuild, Labels } = config
  const { StopSignal, Shell } = config
  const all = { User, ExposedPorts, Env, Cmd, Healthcheck, Volumes, WorkingDir, Entrypoint, OnBuild, Labels }
  return Object.fromEntries(Object.entries({ ...all, StopSignal, Shell }).filter(([, value]) => value !== undefined))
}
