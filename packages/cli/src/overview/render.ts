import { clip, span } from '../format/human.js'
import type { Style } from '../format/style.js'
import { type Cell, table } from '../format/table.js'
import type { Overview, ServiceView, Unit } from './collect.js'

export interface View {
  style: Style
  /** Epoch milliseconds. */
  now: number
  /** The terminal's columns and rows; infinite for a file or a pipe. */
  width: number
  height: number
}

/** A line of the table, or a line by itself. */
type Line = Cell[] | string

/**
 * The overview as a user reads it: stacks, their services, and below each its tasks. Where that is more than the terminal
 * shows at once, services that are as they should be have a line each, and only the others show their tasks.
 */
export function render(overview: Overview, view: View): string[] {
  const whole = linesOf(overview, view, false)
  const lines = whole.length <= view.height ? whole : linesOf(overview, view, true)
  const columns = table(
    lines.filter((line) => typeof line !== 'string'),
    view.width,
  )
  return lines.map((line) => (typeof line === 'string' ? line : (columns.shift() ?? '')))
}

function linesOf({ services, containers }: Overview, view: View, brief: boolean): Line[] {
  const stacks = [...new Set(services.map((service) => service.stack))]
  const blocks = stacks.map((stack): Line[] => {
    const own = services.filter((service) => service.stack === stack)
    const settled = own.filter((service) => service.settled).length
    const title = view.style.bold(stack === '' ? 'services' : `stack ${stack}`)
    const state = `${settled} of ${own.length} as they should be`
    return [`${title}  ${view.style.dim(state)}`, ...own.flatMap((service) => serviceLines(service, view, brief))]
  })
  if (containers.length > 0) {
    const units = containers.flatMap((unit) => unitLines(unit, unit.image, '  ', view))
    blocks.push([view.style.bold('containers'), ...units])
  }
  return blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]))
}

function serviceLines(service: ServiceView, view: View, brief: boolean): Line[] {
  const { style } = view
  const mark = service.settled ? style.good : style.busy
  const count = service.mode === 'replicated' ? service.replicas : `${service.replicas} ${service.mode}`
  const name = { text: `  ● ${service.name}`, paint: (text: string) => text.replace('●', mark('●')) }
  const head: Cell[] = [name, count, service.image, service.ports, { text: service.update, paint: style.busy }]
  if (brief && service.settled) return [head]
  const units = service.units.flatMap((unit, index) => {
    const repeated = unit.error === service.units[index + 1]?.error
    return unitLines(repeated ? { ...unit, error: '' } : unit, unit.node, '    ', view)
  })
  return [head, ...units]
}

/** A task or container, and below it why it is not well; an error that the next one has too is told there. */
function unitLines(unit: Unit, where: string, indent: string, { style, now, width }: View): Line[] {
  const [sign, paint] = signOf(unit, style)
  const name = { text: `${indent}${sign} ${unit.name}`, paint: (text: string) => text.replace(sign, paint(sign)) }
  const row: Cell[] = [name, describe(unit, now), { text: where, paint: style.dim }, unit.ports, '']
  return unit.error === '' ? [row] : [row, `${indent}  ${style.bad(clip(unit.error, width - indent.length - 2))}`]
}

function describe({ state, health, since }: Unit, now: number): string {
  const healthy = health === '' ? '' : `, ${health}`
  return `${state} ${span(now - Date.parse(since)).toLowerCase()}${healthy}`
}

function signOf({ state, health }: Unit, style: Style): [sign: string, paint: (text: string) => string] {
  if (health === 'unhealthy' || ['failed', 'rejected', 'dead', 'exited'].includes(state)) return ['✗', style.bad]
  return (state === 'running' && health !== 'starting') || state === 'complete' ? ['•', style.good] : ['…', style.busy]
}
