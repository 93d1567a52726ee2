import { join } from 'node:path'
import { invalid, type LogLevel } from '@essaim/base'
import { networkSettingsOf, type NetworkSettings } from './network-settings.js'
import { optionOf, type Given } from './options.js'

/** All that a daemon is started with. Paths are absolute. */
export interface Settings {
  dataRoot: string
  execRoot: string
  hosts: string[]
  /** Undefined: a containerd of our own. */
  containerd?: string
  /** The path of buildkitd's socket, where there is one. */
  buildkit?: string
  registryMirrors: string[]
  insecureRegistries: string[]
  /** What is not given is as the engine has it. */
  registries: {
    certsFolders?: string[]
    parallelDownloads?: number
    parallelUploads?: number
    downloadAttempts?: number
  }
  labels: string[]
  /** Undefined: Docker's folder. */
  pluginSockets?: string
  networkDefaults: NetworkSettings
  /** Of containers that name none. */
  logDefaults: { driver: string; options: Record<string, string> }
  logLevel: LogLevel
  debug: boolean
  pidfile: string
}

/** Joins what flags and file give; what both give is refused, as dockerd does. */
export function settingsOf(flags: Given, file: Given, fileName: string): Settings {
  refuseConflicts(flags, file, fileName)
  const all = new Map([...file, ...flags])
  const list = (flag: string): string[] => all.get(flag) ?? []
  const one = (flag: string): string | undefined => list(flag)[0]
  const execRoot = one('exec-root') ?? '/run/essaim'
  const debug = one('debug') === 'true'
  const containerd = one('containerd')
  const buildkit = one('buildkit')
  const plugins = one('plugin-sockets')
  return {
    dataRoot: one('data-root') ?? '/var/lib/essaim',
    execRoot,
    hosts: list('host').length > 0 ? list('host') : [`unix://${join(execRoot, 'docker.sock')}`],
    ...(containerd !== undefined && { containerd: containerd.replace(/^unix:\/\//, '') }),
    ...(buildkit !== undefined && { buildkit: buildkit.replace(/^unix:\/\//, '') }),
    registryMirrors: list('registry-mirror'),
    insecureRegistries: list('insecure-registry'),
    registries: registriesOf(list),
    labels: list('label'),
    ...(plugins !== undefined && { pluginSockets: plugins }),
    networkDefaults: networkSettingsOf(list),
    logDefaults: {
      driver: one('log-driver') ?? 'json-file',
      options: Object.fromEntries(list('log-opt').map(pairOf)),
    },
    logLevel: debug ? 'debug' : levelOf(one('log-level') ?? 'info'),
    debug,
    pidfile: one('pidfile') ?? join(execRoot, 'essaimd.pid'),
  }
}

function registriesOf(list: (flag: string) => string[]): Settings['registries'] {
  const certsFolders = list('registry-certs')
  const [downloads] = list('max-concurrent-downloads')
  const [uploads] = list('max-concurrent-uploads')
  const [attempts] = list('max-download-attempts')
  return {
    ...(certsFolders.length > 0 && { certsFolders }),
    ...(downloads !== undefined && { parallelDownloads: Number(downloads) }),
    ...(uploads !== undefined && { parallelUploads: Number(uploads) }),
    ...(attempts !== undefined && { downloadAttempts: Number(attempts) }),
  }
}

const pairOf = (text: string): [string, string] => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]

function refuseConflicts(flags: Given, file: Given, fileName: string): void {
  const conflicts = [...file].flatMap(([flag, inFile]) => {
    const given = flags.get(flag)
    if (!given) return []
    const show = (values: string[]): string =>
      optionOf(flag)?.type === 'list' ? `[${values.join(' ')}]` : values.join('')
    return [`${optionOf(flag)?.key ?? flag}: (from flag: ${show(given)}, from file: ${show(inFile)})`]
  })
  if (conflicts.length === 0) return
  throw invalid(
    'daemon.config-conflict',
    `unable to configure the daemon with file ${fileName}: the following directives are specified both as a flag and in ` +
      `the configuration file: ${conflicts.join(', ')}`,
  )
}

/** dockerd knows one level more than we write. */
function levelOf(name: string): LogLevel {
  return name === 'fatal' ? 'error' : (name as LogLevel)
}
