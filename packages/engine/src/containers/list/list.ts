import { invalid } from '@essaim/base'
import type { ContainerSummary, Filters } from '@essaim/api-types'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { isRunning, shownMounts, type ContainerRecord } from '../record.js'
import { rootfsSize, writableSize } from '../size.js'
import { matchAny, matchLabels, rejectUnknown } from './filters.js'
import { summarise } from './summary.js'

const allowed = [
  'ancestor',
  'before',
  'expose',
  'exited',
  'health',
  'id',
  'is-task',
  'isolation',
  'label',
  'label!',
  'name',
  'network',
  'publish',
  'since',
  'status',
  'volume',
]

const statuses = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead']

export interface ListOptions {
  all: boolean
  limit?: number
  size: boolean
  filters: Filters
}

/** The newest first. Without `all` only those that run, unless a filter asks for others. */
export async function listContainers(deps: ContainerDeps, options: ListOptions): Promise<ContainerSummary[]> {
  const { filters, limit = 0 } = options
  rejectUnknown(filters, allowed)
  for (const status of filters['status'] ?? []) {
    if (!statuses.includes(status)) throw invalid('filter.status', `Invalid filter 'status=${status}'`)
  }
  const tests = await buildTests(deps, filters)
  const named = ['status', 'exited', 'before', 'since'].some((name) => filters[name] !== undefined)
  const everything = options.all || limit > 0 || named
  const found = deps.registry
    .all()
    .filter(({ record }) => everything || isRunning(record.state))
    .toSorted((a, b) => (a.record.created < b.record.created ? 1 : -1))
    .filter((container) => tests.every((test) => test(container)))
  const chosen = limit > 0 ? found.slice(0, limit) : found
  return Promise.all(
    chosen.map(async (container) => {
      const summary = await summarise(deps, container)
      if (!options.size) return summary
      const [SizeRw, SizeRootFs] = await Promise.all([writableSize(deps, container.id), rootfsSize(deps, container.id)])
      return { ...summary, SizeRw, SizeRootFs }
    }),
  )
}

type Test = (container: Container) => boolean

async function buildTests(deps: ContainerDeps, filters: Filters): Promise<Test[]> {
  const tests: Test[] = [({ record }) => matchLabels(record.config.Labels ?? {}, filters)]
  const on = (name: string, make: (values: string[]) => Test): void => {
    const values = filters[name]
    if (values && values.length > 0) tests.push(make(values))
  }
  on(
    'id',
    (values) =>
      ({ id }) =>
        values.some((value) => id.startsWith(value) || matchAny([value], [id])),
  )
  on('name', (values) => ({ record: { name } }) => {
    return matchAny(
      values.map((value) => value.replace(/^\^?\/(?=.)/, (slash) => slash.replace('/', ''))),
      [name, `/${name}`],
    )
  })
  on(
    'status',
    (values) =>
      ({ record }) =>
        values.includes(record.state.status),
  )
  on('exited', (values) => {
    const wrong = values.find((value) => !/^[+-]?\d+$/.test(value))
    if (wrong !== undefined) throw invalid('filter.exited', `strconv.Atoi: parsing "${wrong}": invalid syntax`)
    const codes = values.map(Number)
    return ({ record: { state } }) => codes.includes(state.exitCode) && state.status === 'exited'
  })
  on('health', (values) => {
    const wrong = values.find((value) => !['none', 'starting', 'healthy', 'unhealthy'].includes(value))
    if (wrong !== undefined) throw invalid('filter.health', `Unrecognised filter value for health: ${wrong}`)
    return ({ record }) => values.includes(record.state.health?.Status ?? 'none')
  })
  on('is-task', (values) => {
    const [value = ''] = values
    if (!/^(1|0|true|false)$/i.test(value)) {
      throw invalid('filter.is-task', `Invalid filter 'is-task=[${values.join(' ')}]'`)
    }
    const wanted = /^(1|true)$/i.test(value)
    return ({ record }) => (record.config.Labels?.['com.docker.swarm.task'] !== undefined) === wanted
  })
  on('volume', (values) => ({ record }) => {
    return shownMounts(record).some(
      ({ Name = '', Destination = '' }) => values.includes(Name) || values.includes(Destination),
    )
  })
  on('network', (values) => ({ record }) => {
    return Object.entries(networksOf(deps, record)).some(([name, { NetworkID = '' }]) => {
      return values.some((value) => value === name || (value !== '' && NetworkID.startsWith(value)))
    })
  })
  on(
    'publish',
    (values) =>
      ({ record }) =>
        hasPort('publish', values, publishedPorts(deps, record)),
  )
  on(
    'expose',
    (values) =>
      ({ record }) =>
        hasPort('expose', values, Object.keys(record.config.ExposedPorts ?? {})),
  )
  on('before', ([ref = '']) => {
    const { created } = deps.registry.find(ref).record
    return ({ record }) => record.created < created
  })
  on('since', ([ref = '']) => {
    const { created } = deps.registry.find(ref).record
    return ({ record }) => record.created > created
  })
  const ancestors = filters['ancestor'] ?? []
  if (ancestors.length > 0) {
    const ids = new Set(await Promise.all(ancestors.map((ref) => imageId(deps, ref))))
    tests.push(({ record }) => ids.has(record.image) || ancestors.includes(record.config.Image ?? ''))
  }
  return tests
}

/** An image that is not there has no containers; that is no error of a list. */
async function imageId(deps: ContainerDeps, ref: string): Promise<string> {
  return deps.images.resolve(ref).then(
    ({ id }) => id,
    () => '',
  )
}

function networksOf(deps: ContainerDeps, record: ContainerRecord): Record<string, { NetworkID?: string }> {
  const { NetworkMode: mode = 'default' } = record.host
  return (
    deps.sandboxes.settings(record.id)?.Networks ?? {
      [mode === 'default' ? 'bridge' : mode]: {},
      ...record.endpoints,
    }
  )
}

function publishedPorts(deps: ContainerDeps, record: ContainerRecord): string[] {
  const ports = deps.sandboxes.settings(record.id)?.Ports ?? record.host.PortBindings ?? {}
  return Object.entries(ports).flatMap(([port, bindings]) => (bindings?.length ? [port] : []))
}

/** `80`, `80/udp` or `8000-8010/tcp`. */
function hasPort(filter: 'publish' | 'expose', wanted: string[], ports: string[]): boolean {
  return wanted.some((text) => {
    const [, first = '', last = first, protocol = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(text) ?? []
    if (first === '') {
      const cause = `strconv.ParseUint: parsing "${text}": invalid syntax`
      throw invalid('filter.port', `error while looking up for ${filter} ${text}: ${cause}`)
    }
    return ports.some((port) => {
      const [number = '', own = 'tcp'] = port.split('/')
      return own === protocol && Number(number) >= Number(first) && Number(number) <= Number(last)
    })
  })
}
