import { invalid } from '@essaim/base'
import { posix } from 'node:path'
import type { Statement } from '../statement.js'

/** One `RUN --mount`, as it is written: paths and names may hold variables. */
export type RunMount =
  | { type: 'bind'; target: string; source: string; from?: string; writable: boolean }
  | ({ type: 'cache'; target: string; id: string; sharing: Sharing; readOnly: boolean; from?: string } & {
      source: string
      owner: FileOwner
    })
  | { type: 'tmpfs'; target: string; size?: number }
  | { type: 'secret'; target: string; id: string; required: boolean; owner: FileOwner }

export type Sharing = 'shared' | 'private' | 'locked'

export interface FileOwner {
  uid: number
  gid: number
  mode: number
}

const keys = {
  bind: ['type', 'target', 'dst', 'destination', 'source', 'src', 'from', 'rw', 'readwrite', 'ro', 'readonly'],
  cache: [
    ...['type', 'id', 'target', 'dst', 'destination', 'source', 'src', 'from', 'ro', 'readonly', 'rw', 'readwrite'],
    ...['sharing', 'mode', 'uid', 'gid'],
  ],
  tmpfs: ['type', 'target', 'dst', 'destination', 'size'],
  secret: ['type', 'id', 'target', 'dst', 'destination', 'required', 'mode', 'uid', 'gid'],
}

/** The mounts of a `RUN`, in order; `expand` replaces variables. Throws for what is no mount. */
export function readMounts(statement: Statement, expand: (text: string) => string = (text) => text): RunMount[] {
  return statement.flags.filter(({ name }) => name === 'mount').map(({ value }) => readMount(value ?? '', expand))
}

function readMount(text: string, expand: (text: string) => string): RunMount {
  const options = new Map(fields(text).map((field) => pairOf(field, expand)))
  const type = options.get('type') ?? 'bind'
  refuseOthers(type, options)
  const target = options.get('target') ?? options.get('dst') ?? options.get('destination')
  const source = options.get('source') ?? options.get('src') ?? '/'
  const from = options.get('from')
  const common = { source, ...(from !== undefined && { from }) }
  if (type === 'secret') return secret(options, target)
  if (target === undefined || target === '') throw wrong(`mount of type ${type} needs a target`)
  switch (type) {
    case 'bind':
      return { type, target, ...common, writable: isOn(options, 'rw', 'readwrite') }
    case 'tmpfs': {
      const size = options.get('size')
      return { type, target, ...(size !== undefined && { size: bytesOf(size) }) }
    }
    default: {
      const sharing = options.get('sharing') ?? 'shared'
      if (sharing !== 'shared' && sharing !== 'private' && sharing !== 'locked') {
        throw wrong(`unsupported sharing value ${JSON.stringify(sharing)}: shared, private and locked are allowed`)
      }
      const id = options.get('id') ?? posix.normalize(target)
      const readOnly = isOn(options, 'ro', 'readonly')
      return { type: 'cache', target, id, sharing, readOnly, ...common, owner: ownerOf(options, 0o755) }
    }
  }
}

function secret(options: Map<string, string>, target: string | undefined): RunMount {
  const id = options.get('id') ?? (target === undefined ? '' : posix.basename(target))
  if (id === '') throw wrong('invalid secret mount: id or target must be set')
  const place = target ?? `/run/secrets/${posix.basename(id)}`
  return { type: 'secret', target: place, id, required: isOn(options, 'required'), owner: ownerOf(options, 0o400) }
}

function refuseOthers(type: string, options: Map<string, string>): void {
  if (type === 'ssh') {
    throw wrong('RUN --mount=type=ssh is not supported, since no agent comes with a build: give a key as a secret')
  }
  if (!Object.hasOwn(keys, type)) {
    throw wrong(`unsupported mount type ${JSON.stringify(type)}: bind, cache, tmpfs and secret are allowed`)
  }
  if (type === 'secret' && options.has('env')) {
    throw wrong('a secret as an environment variable would be stored with the container: mount it as a file')
  }
  const allowed = keys[type as keyof typeof keys]
  const other = [...options.keys()].find((key) => !allowed.includes(key))
  if (other !== undefined) throw wrong(`unexpected key '${other}' for mount type '${type}'`)
}

function pairOf(field: string, expand: (text: string) => string): [string, string] {
  const at = field.indexOf('=')
  if (at < 0) return [field.toLowerCase(), 'true']
  return [field.slice(0, at).toLowerCase(), expand(field.slice(at + 1))]
}

/** Fields between commas; one that holds a comma stands in double quotes. */
function fields(text: string): string[] {
  return (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((field) => field.replace(/^"(.*)"$/, '$1'))
}

function isOn(options: Map<string, string>, ...names: string[]): boolean {
  return names.some((name) => {
    const value = options.get(name)
    if (value === undefined) return false
    if (/^(1|true)$/i.test(value)) return true
    if (/^(0|false)$/i.test(value)) return false
    throw wrong(`invalid value for ${name}: ${value}: true and false are allowed`)
  })
}

function ownerOf(options: Map<string, string>, mode: number): FileOwner {
  return {
    uid: numberOf(options, 'uid', 10, 0),
    gid: numberOf(options, 'gid', 10, 0),
    mode: numberOf(options, 'mode', 8, mode),
  }
}

function numberOf(options: Map<string, string>, name: string, radix: 8 | 10, otherwise: number): number {
  const value = options.get(name)
  if (value === undefined) return otherwise
  if (!(radix === 8 ? /^[0-7]{1,5}$/ : /^\d{1,10}$/).test(value)) throw wrong(`invalid value ${value} for ${name}`)
  return Number.parseInt(value, radix)
}

function bytesOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)([kmg]?)b?$/i.exec(text) ?? []
  if (number === '') throw wrong(`invalid value for size: ${text}`)
  return Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
}

const wrong = (why: string): Error => invalid('build.mount', why)
