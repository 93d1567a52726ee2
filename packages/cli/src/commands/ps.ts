import { invalid } from '@essaim/base'
import { command } from '../core/command.js'
import { bool } from '../core/flags.js'
import { parseFilters } from '../format/filters.js'
import { span } from '../format/human.js'
import { type Listing, listFlags, printRows } from '../format/rows.js'
import { styleFor } from '../format/style.js'
import { collect, type Overview, type ServiceView, type Unit } from '../overview/collect.js'
import { render } from '../overview/render.js'

interface Row {
  service?: ServiceView
  unit: Unit
  image: string
}

const listing: Listing<Row> = {
  fields: {
    ID: ['ID', ({ unit }) => unit.id.slice(0, 12)],
    Stack: ['STACK', ({ service }) => service?.stack ?? ''],
    Service: ['SERVICE', ({ service }) => service?.name ?? ''],
    Replicas: ['REPLICAS', ({ service }) => service?.replicas ?? ''],
    Name: ['NAME', ({ unit }) => unit.name],
    Image: ['IMAGE', ({ image }) => image],
    Node: ['NODE', ({ unit }) => unit.node],
    State: ['STATE', ({ unit }) => unit.state],
    Health: ['HEALTH', ({ unit }) => unit.health],
    Since: ['SINCE', ({ unit }) => span(Date.now() - Date.parse(unit.since))],
    Ports: ['PORTS', ({ service, unit }) => service?.ports || unit.ports],
    Error: ['ERROR', ({ unit }) => unit.error],
  },
  columns: ['Service', 'Name', 'State', 'Health', 'Node', 'Ports', 'Error'],
  id: ({ unit }) => unit.id.slice(0, 12),
}

const conditions: Record<string, (row: Row) => string> = {
  health: ({ unit }) => unit.health,
  id: ({ unit }) => unit.id,
  name: ({ unit }) => unit.name,
  node: ({ unit }) => unit.node,
  service: ({ service }) => service?.name ?? '',
  stack: ({ service }) => service?.stack ?? '',
  state: ({ unit }) => unit.state,
}

export default command({
  usage: '[OPTIONS]',
  about: 'What runs: the services of the swarm with their tasks, ports and health, and the containers of this host.',
  examples: ['essaim ps', "essaim ps --filter stack=shop --format '{{.Name}} {{.State}} {{.Health}}'"],
  flags: { ...listFlags, all: bool('What has ended too', { short: 'a' }) },
  args: [0, 0],
  async run(context, flags) {
    const overview = filtered(await collect(context.client, flags.all), flags.filter)
    if (flags.format !== undefined || flags.quiet) {
      printRows(context, rowsOf(overview), listing, flags)
      return
    }
    const lines = render(overview, {
      style: styleFor(context.out, context.env),
      now: Date.now(),
      width: context.out.columns || Infinity,
      // Below the last line stands the shell's prompt.
      height: flags.all ? Infinity : (context.out.rows || Infinity) - 2,
    })
    for (const line of lines) context.print(line)
    if (lines.length === 0)
      context.warn('Nothing runs here. Deploy a stack with: essaim stack deploy -c docker-compose.yml NAME')
  },
})

function rowsOf({ services, containers }: Overview): Row[] {
  return [
    ...services.flatMap((service) => service.units.map((unit) => ({ service, unit, image: service.image }))),
    ...containers.map((unit) => ({ unit, image: unit.image })),
  ]
}

/** Names, services and ids match by their beginning, as Docker's do. */
function filtered(overview: Overview, given: string[]): Overview {
  const filters = Object.entries(parseFilters(given))
  const wanted = (row: Row): boolean =>
    filters.every(([name, values]) => {
      const get = conditions[name]
      if (!get) {
        throw invalid('cli.filter', `invalid filter '${name}'`, {
          hint: `there is ${Object.keys(conditions).join(', ')}`,
        })
      }
      return values.some((value) =>
        ['name', 'service', 'id'].includes(name) ? get(row).startsWith(value) : get(row) === value,
      )
    })
  const empty: Unit = { id: '', name: '', node: '', state: '', health: '', since: '', error: '', ports: '' }
  return {
    services: overview.services.flatMap((service) => {
      const units = service.units.filter((unit) => wanted({ service, unit, image: service.image }))
      const itself = service.units.length === 0 && wanted({ service, unit: empty, image: service.image })
      return units.length > 0 || itself ? [{ ...service, units }] : []
    }),
    containers: overview.containers.filter((unit) => wanted({ unit, image: unit.image })),
  }
}
