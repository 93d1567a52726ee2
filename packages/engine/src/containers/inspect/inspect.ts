import { existsSync } from 'node:fs'
import type { ContainerInspectResponse, ContainerState } from '@essaim/api-types'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { shownLinks } from '../links/resolve.js'
import { appArmorProfile } from '../spec/apparmor.js'
import { isRunning, shownMounts, shownNetworkMode, type RunState } from '../record.js'
import { rootfsSize, writableSize } from '../size.js'
import { graphDriver } from './graph.js'
import { shownConfig, shownHostConfig } from './host-config.js'
import { networkSettings } from './networks.js'

export async function inspectContainer(
  deps: ContainerDeps,
  ref: string,
  options: { size: boolean },
): Promise<ContainerInspectResponse> {
  const container = deps.registry.find(ref)
  const { record } = container
  const [driver, sizes] = await Promise.all([
    graphDriver(deps, record.id),
    options.size ? Promise.all([writableSize(deps, record.id), rootfsSize(deps, record.id)]) : undefined,
  ])
  const log = deps.paths.log(record.id)
  const host = { ...record.host, NetworkMode: shownNetworkMode(record) }
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: shownState(record.state),
    Image: record.image,
    ResolvConfPath: record.etc?.resolvFile ?? '',
    HostnamePath: record.etc?.hostnameFile ?? '',
    HostsPath: record.etc?.hostsFile ?? '',
    LogPath: record.host.LogConfig?.Type === 'json-file' && existsSync(log) ? log : '',
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: appArmorProfile(record.host),
    ExecIDs: execIds(container),
    HostConfig: shownHostConfig(host, shownLinks(record.name, record.links ?? [], deps.registry)),
    GraphDriver: driver,
    ...(sizes && { SizeRw: sizes[0], SizeRootFs: sizes[1] }),
    Mounts: shownMounts(record),
    Config: shownConfig(record.config),
    NetworkSettings: networkSettings(deps, record),
  }
}

function execIds({ execs, run }: Container): string[] | null {
  return run && execs.size > 0 ? [...execs] : null
}

function shownState(state: RunState): NonNullable<ContainerState> {
  const { status } = state
  return {
    Status: status,
    Running: isRunning(state),
    Paused: status === 'paused',
    Restarting: status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health && { Health: state.health }),
  }
}
