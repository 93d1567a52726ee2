import type { ExecCreateRequest } from '@essaim/api-types'
import { capabilitySet, processCapabilities } from '../spec/capabilities.js'
import { hostCapabilities } from '../spec/host-capabilities.js'
import { mergeEnv, processEnv } from '../spec/env.js'
import { rlimits } from '../spec/rlimits.js'
import { parseSecurity } from '../spec/security.js'
import type { OciProcess, OciUser } from '../spec/types.js'
import type { ContainerRecord } from '../record.js'

/** The OCI process of an exec: the container's own surroundings, changed as the request says. */
export function execProcess({ config, host }: ContainerRecord, request: ExecCreateRequest, user: OciUser): OciProcess {
  const tty = request.Tty === true
  const privileged = host.Privileged === true || request.Privileged === true
  const [height = 0, width = 0] = request.ConsoleSize ?? []
  const env = processEnv(config.Hostname ?? '', tty, config.Env ?? [])
  return {
    terminal: tty,
    ...(tty && height > 0 && { consoleSize: { height, width } }),
    user,
    args: request.Cmd ?? [],
    env: mergeEnv(env, request.Env ?? []),
    cwd: request.WorkingDir || config.WorkingDir || '/',
    capabilities: processCapabilities(
      capabilitySet(host.CapAdd ?? [], host.CapDrop ?? [], privileged, hostCapabilities),
      privileged ? 0 : user.uid,
    ),
    rlimits: rlimits(host.Ulimits),
    noNewPrivileges: parseSecurity(host.SecurityOpt ?? []).noNewPrivileges,
  }
}
