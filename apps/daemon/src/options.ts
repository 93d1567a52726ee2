import { networkOptions } from './network-options.js'

/** A setting: its flag, its key in the configuration file, and what it accepts. Parser, help and file reader read this table. */
export interface Option {
  flag: string
  short?: string
  /** The key in daemon.json, named as dockerd's; absent where only the command line makes sense. */
  key?: string
  type: 'string' | 'list' | 'bool'
  /** What stands behind the flag in the help. */
  placeholder?: string
  help: string
  /** Where the file holds one object: its pairs are the values, each as NAME=VALUE. */
  pairs?: boolean
  /** Where the file holds objects: one of them as the flag's value, or undefined for what is none. */
  fromFile?: (value: unknown) => string | undefined
  /** Says what is wrong with one value, in dockerd's words. */
  refuse?: (value: string) => string | undefined
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal'] as const

const refuseHost = (value: string): string | undefined =>
  /^unix:\/\/\/.+$/.test(value) || /^tcp:\/\/(\[[\da-fA-F:]+\]|[\w.-]*):\d{1,5}$/.test(value)
    ? undefined
    : `Invalid bind address format: ${value} (allowed: unix:///path, tcp://host:port)`

const refuseLabel = (value: string): string | undefined =>
  /^[^=]+=/.test(value) ? undefined : `bad attribute format: ${value} (a label is key=value)`

const refuseMirror = (value: string): string | undefined => {
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    return `invalid mirror: unsupported scheme or no URL in "${value}" (allowed: http://host[:port], https://host[:port])`
  }
  return url.pathname === '/' && url.search === '' && url.hash === ''
    ? undefined
    : `invalid mirror: path, query, or fragment at end of the URI "${value}"`
}

const refuseRelative = (value: string): string | undefined =>
  value.startsWith('/') ? undefined : `an absolute path is needed, not "${value}"`

const refuseSocket = (value: string): string | undefined =>
  /^unix:\/\/\/.+$/.test(value)
    ? undefined
    : `a socket's path is needed, such as unix:///run/buildkit/buildkitd.sock, not "${value}"`

const refuseCount = (value: string): string | undefined =>
  /^[1-9]\d{0,3}$/.test(value) ? undefined : `invalid number ${value} (allowed: 1 to 9999)`

const numberFromFile = (value: unknown): string | undefined => (typeof value === 'number' ? String(value) : undefined)

export const options = [
  {
    flag: 'data-root',
    key: 'data-root',
    type: 'string',
    placeholder: 'DIR',
    refuse: refuseRelative,
    help: 'Persistent state (default /var/lib/essaim)',
  },
  {
    flag: 'exec-root',
    key: 'exec-root',
    type: 'string',
    placeholder: 'DIR',
    refuse: refuseRelative,
    help: 'Sockets, namespaces and other state of the running system (default /run/essaim)',
  },
  {
    flag: 'host',
    short: 'H',
    key: 'hosts',
    type: 'list',
    placeholder: 'ADDRESS',
    refuse: refuseHost,
    help: 'Where the API listens: unix:///path or tcp://host:port; repeatable (default unix://EXEC-ROOT/docker.sock)',
  },
  {
    flag: 'containerd',
    key: 'containerd',
    type: 'string',
    placeholder: 'ADDRESS',
    help: 'Socket of a containerd to use (default: one of our own under EXEC-ROOT, which outlives essaimd)',
  },
  {
    flag: 'buildkit',
    key: 'buildkit',
    type: 'string',
    placeholder: 'ADDRESS',
    refuse: refuseSocket,
    help: 'Socket of a buildkitd that builds by docker buildx are handed through to: unix:///path (default: none)',
  },
  {
    flag: 'config-file',
    type: 'string',
    placeholder: 'FILE',
    help: "Configuration in JSON, with the keys of dockerd's daemon.json (default /etc/essaim/daemon.json, where it exists)",
  },
  {
    flag: 'registry-mirror',
    key: 'registry-mirrors',
    type: 'list',
    placeholder: 'URL',
    refuse: refuseMirror,
    help: 'Registry to ask before Docker Hub; repeatable',
  },
  {
    flag: 'insecure-registry',
    key: 'insecure-registries',
    type: 'list',
    placeholder: 'HOST',
    help: 'Registry that may be spoken to over HTTP or without a known certificate: host[:port] or CIDR; repeatable',
  },
  {
    flag: 'registry-certs',
    key: 'registry-certs',
    type: 'list',
    placeholder: 'DIR',
    refuse: refuseRelative,
    help: 'Where each registry has a folder HOST:PORT with *.crt, *.cert and *.key; repeatable, the first that has one counts (default /etc/essaim/certs.d, /etc/docker/certs.d)',
  },
  {
    flag: 'max-concurrent-downloads',
    key: 'max-concurrent-downloads',
    type: 'string',
    placeholder: 'NUMBER',
    refuse: refuseCount,
    fromFile: numberFromFile,
    help: 'Layers that are pulled at a time (default 3)',
  },
  {
    flag: 'max-concurrent-uploads',
    key: 'max-concurrent-uploads',
    type: 'string',
    placeholder: 'NUMBER',
    refuse: refuseCount,
    fromFile: numberFromFile,
    help: 'Layers that are pushed at a time (default 5)',
  },
  {
    flag: 'max-download-attempts',
    key: 'max-download-attempts',
    type: 'string',
    placeholder: 'NUMBER',
    refuse: refuseCount,
    fromFile: numberFromFile,
    help: 'How often a layer is tried before its pull or push fails (default 5)',
  },
  ...networkOptions,
  {
    flag: 'log-driver',
    key: 'log-driver',
    type: 'string',
    placeholder: 'DRIVER',
    help: 'Log driver of containers that name none (default json-file)',
  },
  {
    flag: 'log-opt',
    key: 'log-opts',
    type: 'list',
    placeholder: 'NAME=VALUE',
    pairs: true,
    refuse: (value) => (/^[^=]+=/.test(value) ? undefined : `bad format: ${value} (an option is name=value)`),
    help: 'Option of the log driver; repeatable',
  },
  {
    flag: 'plugin-sockets',
    key: 'plugin-sockets',
    type: 'string',
    placeholder: 'DIR',
    refuse: refuseRelative,
    help: 'Where volume plugins have their sockets (default /run/docker/plugins)',
  },
  {
    flag: 'label',
    key: 'labels',
    type: 'list',
    placeholder: 'KEY=VALUE',
    refuse: refuseLabel,
    help: 'Label of this engine; repeatable',
  },
  {
    flag: 'log-level',
    short: 'l',
    key: 'log-level',
    type: 'string',
    placeholder: 'LEVEL',
    refuse: (value) =>
      logLevels.some((level) => level === value)
        ? undefined
        : `unable to parse logging level: ${value} (allowed: ${logLevels.join(', ')})`,
    help: `Least level that is logged: ${logLevels.join(', ')} (default info)`,
  },
  { flag: 'debug', short: 'D', key: 'debug', type: 'bool', help: 'Debug mode: log level debug' },
  {
    flag: 'pidfile',
    short: 'p',
    key: 'pidfile',
    type: 'string',
    placeholder: 'FILE',
    refuse: refuseRelative,
    help: 'Where the process id is written (default EXEC-ROOT/essaimd.pid)',
  },
  { flag: 'version', short: 'v', type: 'bool', help: 'Print the version and exit' },
  { flag: 'help', type: 'bool', help: 'Print this help and exit' },
] as const satisfies readonly Option[]

/** What was given for each option by one source, by flag. A single value is a list of one. */
export type Given = Map<string, string[]>

export function optionOf(name: string): Option | undefined {
  return options.find((option) => option.flag === name)
}
