import { existsSync } from 'node:fs'
import type { HostConfig } from '@essaim/api-types'
import { completeLog, type LogDefaults } from '../../logs/defaults.js'
import { defaultMaskedPaths, defaultReadonlyPaths } from '../spec/build.js'
import { defaultShmSize } from '../spec/mounts.js'

/** 2 on a host with only the unified hierarchy. */
export const cgroupVersion: 1 | 2 = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1

/** Nothing is hidden of a privileged container: null in inspect, as Docker has it. */
const none = null as unknown as string[]

/** Fills in what Docker fills in, so that inspect tells what will be done. */
export function completeHost(asked: HostConfig, logs: LogDefaults): HostConfig {
  const memory = asked.Memory ?? 0
  const privileged = asked.Privileged === true
  const shared = privileged || asked.PidMode === 'host' || asked.IpcMode === 'host'
  // Docker says so of containers that see the host's processes; a label of the user's own stands.
  const unlabelled = shared && !asked.SecurityOpt?.some((option) => option.startsWith('label'))
  return {
    ...asked,
    LogConfig: completeLog(asked.LogConfig, logs),
    NetworkMode: asked.NetworkMode || 'default',
    RestartPolicy: {
      Name: asked.RestartPolicy?.Name || 'no',
      MaximumRetryCount: asked.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    PortBindings: asked.PortBindings ?? {},
    ShmSize: asked.ShmSize || defaultShmSize,
    IpcMode: asked.IpcMode || 'private',
    CgroupnsMode: asked.CgroupnsMode || (cgroupVersion === 2 && !privileged ? 'private' : 'host'),
    Runtime: asked.Runtime || 'runc',
    ...(memory > 0 && !asked.MemorySwap && { MemorySwap: memory * 2 }),
    ...(privileged
      ? { MaskedPaths: none, ReadonlyPaths: none }
      : {
          MaskedPaths: asked.MaskedPaths ?? defaultMaskedPaths,
          ReadonlyPaths: asked.ReadonlyPaths ?? defaultReadonlyPaths,
        }),
    ...(unlabelled && { SecurityOpt: [...(asked.SecurityOpt ?? []), 'label=disable'] }),
  }
}
