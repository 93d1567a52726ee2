import type { ContainerCreateRequest, HostConfig } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { parseBytes, parsePorts, splitWords } from '@essaim/compose'
import { bool, type FlagValues, list, number, text } from '../core/flags.js'
import { pairsOf } from '../core/pairs.js'

export const containerFlags = {
  cpus: number('How many processors it may use'),
  detach: bool('Run it in the background and print its id', { short: 'd' }),
  entrypoint: text("In place of the image's entrypoint", { value: 'COMMAND' }),
  env: list('Set a variable', { short: 'e', value: 'NAME=VALUE' }),
  hostname: text("The container's host name", { short: 'h', value: 'NAME' }),
  interactive: bool('Keep its standard input open', { short: 'i' }),
  label: list('Set a label', { short: 'l', value: 'NAME=VALUE' }),
  memory: text('How much memory it may use, such as 64m', { short: 'm', value: 'SIZE' }),
  name: text("The container's name", { value: 'NAME' }),
  network: text('The network to join', { value: 'NETWORK' }),
  publish: list('Publish a port: [[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]', { short: 'p', value: 'PORT' }),
  'read-only': bool('Make its file system read-only'),
  restart: text('no, always, unless-stopped, on-failure or on-failure:N', { value: 'POLICY' }),
  rm: bool('Remove it when it has ended'),
  tty: bool('Give it a terminal', { short: 't' }),
  user: text('Run as this user', { short: 'u', value: 'USER' }),
  volume: list('Mount a volume or a folder: SOURCE:TARGET[:ro]', { short: 'v', value: 'MOUNT' }),
  workdir: text('Run in this folder', { short: 'w', value: 'DIR' }),
}

export type ContainerFlags = FlagValues<typeof containerFlags>

/** Pure: the API's request of what was typed. */
export function containerRequest(image: string, words: string[], flags: ContainerFlags): ContainerCreateRequest {
  const attached = !flags.detach
  const { ports, bindings } = published(flags.publish)
  const entrypoint = flags.entrypoint === undefined ? undefined : splitWords(flags.entrypoint)
  return {
    Image: image,
    ...(words.length > 0 && { Cmd: words }),
    ...(entrypoint && { Entrypoint: entrypoint }),
    Env: flags.env,
    Labels: pairsOf(flags.label),
    Tty: flags.tty,
    OpenStdin: flags.interactive,
    StdinOnce: flags.interactive && attached,
    AttachStdin: flags.interactive && attached,
    AttachStdout: attached,
    AttachStderr: attached,
    ExposedPorts: ports,
    ...(flags.hostname !== undefined && { Hostname: flags.hostname }),
    ...(flags.user !== undefined && { User: flags.user }),
    ...(flags.workdir !== undefined && { WorkingDir: flags.workdir }),
    HostConfig: {
      AutoRemove: flags.rm,
      Binds: flags.volume.filter((mount) => mount.includes(':')),
      PortBindings: bindings,
      NetworkMode: flags.network ?? 'default',
      ReadonlyRootfs: flags['read-only'],
      RestartPolicy: restartPolicy(flags.restart),
      ...(flags.memory !== undefined && { Memory: memoryOf(flags.memory) }),
      ...(flags.cpus !== undefined && { NanoCpus: Math.round(flags.cpus * 1e9) }),
    },
    ...anonymous(flags.volume),
  }
}

function anonymous(volumes: string[]): { Volumes?: Record<string, object> } {
  const targets = volumes.filter((mount) => !mount.includes(':'))
  return targets.length === 0 ? {} : { Volumes: Object.fromEntries(targets.map((target) => [target, {}])) }
}

function published(specs: string[]): {
  ports: Record<string, object>
  bindings: NonNullable<HostConfig['PortBindings']>
} {
  const bindings: NonNullable<HostConfig['PortBindings']> = {}
  for (const spec of specs) {
    const found = parsePorts(spec)
    if (typeof found === 'string') {
      throw invalid('cli.publish', `invalid port ${JSON.stringify(spec)}: ${found}`, {
        hint: 'write one such as 8080:80',
      })
    }
    for (const port of found) {
      const key = `${port.target}/${port.protocol}`
      const binding = { HostIp: port.ip, HostPort: port.published === 0 ? '' : String(port.published) }
      bindings[key] = [...(bindings[key] ?? []), binding]
    }
  }
  return { ports: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])), bindings }
}

function restartPolicy(given: string | undefined): NonNullable<HostConfig['RestartPolicy']> {
  if (given === undefined) return { Name: 'no', MaximumRetryCount: 0 }
  const [, name, count] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(given) ?? []
  if (name === undefined || (count !== undefined && name !== 'on-failure')) {
    throw invalid('cli.restart', `invalid restart policy ${JSON.stringify(given)}`, {
      hint: 'write no, always, unless-stopped, on-failure or on-failure:N',
    })
  }
  return { Name: name as 'no', MaximumRetryCount: Number(count ?? 0) }
}

/** Bytes of `64m`. */
export function memoryOf(given: string): number {
  const bytes = parseBytes(given)
  if (bytes === undefined)
    throw invalid('cli.memory', `invalid size ${JSON.stringify(given)}`, { hint: 'write one such as 64m' })
  return bytes
}
