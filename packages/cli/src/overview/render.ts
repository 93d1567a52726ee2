import { span } from '../format/human.js'
import type { Style } from '../format/style.js'
import { table } from '../format/table.js'
import type { Overview, ServiceView, Unit } from './collect.js'

/** The overview as a user reads it: stacks, their services, and below each its tasks. */
export function render({ services, containers }: Overview, style: Style, now: number): string[] {
  const stacks = [...new Set(services.map((service) => service.stack))]
  const blocks = stacks.map((stack) => {
    const own = services.filter((service) => service.stack === stack)
    const settled = own.filter((service) => service.settled).length
    const title = stack === '' ? 'services' : `stack ${stack}`
    return [
      `${style.bold(title)}  ${style.dim(`${settled} of ${own.length} as they should be`)}`,
      ...indent(table(own.flatMap((service) => serviceRows(service, style, now)))),
    ]
  })
  if (containers.length > 0) {
    const rows = containers.map((unit) => [
      `${dot(unit, style)} ${unit.name}`,
      describe(unit, now),
      style.dim(unit.image),
      unit.ports,
    ])
    blocks.push([style.bold('containers'), ...indent(table(rows))])
  }
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function serviceRows(service: ServiceView, style: Style, now: number): string[][] {
  const mark = service.settled ? style.good('●') : style.busy('●')
  const count = service.mode === 'replicated' ? service.replicas : `${service.replicas} ${service.mode}`
  const head = [`${mark} ${style.bold(service.name)}`, count, service.image, service.ports, style.busy(service.update)]
  return [head, ...service.units.map((unit) => unitRow(unit, style, now))]
}

function unitRow(unit: Unit, style: Style, now: number): string[] {
  return [
    `  ${dot(unit, style)} ${unit.name}`,
    describe(unit, now),
    style.dim(unit.node),
    unit.ports,
    style.bad(unit.error),
  ]
}

function describe({ state, health, since }: Unit, now: number): string {
  const healthy = health === '' ? '' : `, ${health}`
  return `${state} ${span(now - Date.parse(since)).toLowerCase()}${healthy}`
}

function dot({ state, health }: Unit, style: Style): string {
  if (health === 'unhealthy' || ['failed', 'rejected', 'dead', 'exited'].includes(state)) return style.bad('✗')
  return (state === 'running' && health !== 'starting') || state === 'complete' ? style.good('•') : style.busy('…')
}

const indent = (lines: string[]): string[] => lines.map((line) => `  ${line}`)
