import { existsSync } from 'node:fs'
import type { HostConfig } from '@essaim/api-types'
import { completeLog, type LogDefaults } from '../../logs/defaults.js'
import { defaultMaskedPaths, defaultReadonlyPaths } from '../spec/build.js'
import { defaultShmSize } from '../spec/mounts.js'

/** 2 on a host with only the unified hierarchy. */
export const cgroupVersion: 1 | 2 = existsSync('/sys/fs/cgroup/cgroup.controllers') ? 2 : 1

/** Fills in what Docker fills in, so that inspect tells what will be done. */
export function completeHost(asked: HostConfig, logs: LogDefaults): HostConfig {
  const memory = asked.Memory ?? 0
  const privileged = asked.Privileged === true
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
    MaskedPaths: asked.MaskedPaths ?? (privileged ? [] : defaultMaskedPaths),
    ReadonlyPaths: asked.ReadonlyPaths ?? (privileged ? [] : defaultReadonlyPaths),
  }
}
