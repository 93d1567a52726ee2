import type { Context } from '../core/context.js'
import { short } from '../format/human.js'
import type { LinePrefix } from './print.js'

interface PrefixChoice {
  timestamps: boolean
  details: boolean
  'no-trunc': boolean
  'no-task-ids': boolean
  'no-resolve': boolean
}

const own = /^com\.docker\.swarm\.(node|service|task)(\.id)?$/

/**
 * Lines of a service come with the ids of node, service and task before them (`a=1,b=2 text`, after the time where that
 * was asked for): turned into `web.1.x2y4@node    | text`.
 */
export async function taskPrefix(context: Context, choice: PrefixChoice): Promise<LinePrefix> {
  const { client } = context
  const [tasks, services, nodes] = choice['no-resolve']
    ? [[], [], []]
    : await Promise.all([client.tasks.list(), client.services.list(), client.nodes.list()])
  const serviceNames = new Map(services.map((service) => [service.ID, service.Spec.Name]))
  const nodeNames = new Map(nodes.map((node) => [node.ID, node.Description?.Hostname ?? node.ID]))
  const slots = new Map(tasks.map((task) => [task.ID, task.Slot ? String(task.Slot) : (task.NodeID ?? '')]))
  let width = 0

  return (line) => {
    const { time, attributes, text } = takeApart(line, choice.timestamps)
    const id = (noun: string): string =>
      attributes.get(`com.docker.swarm.${noun}.id`) ?? attributes.get(`com.docker.swarm.${noun}`) ?? ''
    const taskId = short(id('task'), choice['no-trunc'])
    const service = serviceNames.get(id('service'))
    const slot = slots.get(id('task'))
    const name =
      service === undefined ? id('task') : [service, slot, ...(choice['no-task-ids'] ? [] : [taskId])].join('.')
    const head = `${name}@${nodeNames.get(id('node')) ?? short(id('node'), choice['no-trunc'])}`
    width = Math.max(width, head.length)
    const details = [...attributes].filter(([key]) => !own.test(key)).map(([key, value]) => `${key}=${value}`)
    return `${time}${head.padEnd(width)}    | ${choice.details && details.length > 0 ? `${details.join(',')} ` : ''}${text}`
  }
}

function takeApart(line: string, timed: boolean): { time: string; attributes: Map<string, string>; text: string } {
  const [, time = '', rest = ''] = timed ? (/^(\S+ )?([^]*)$/.exec(line) ?? []) : ['', '', line]
  const blank = rest.indexOf(' ')
  const head = blank < 0 ? rest : rest.slice(0, blank)
  const attributes = new Map(
    head.split(',').map((pair): [string, string] => {
      const at = pair.indexOf('=')
      return [decodeURIComponent(pair.slice(0, at)), decodeURIComponent(pair.slice(at + 1))]
    }),
  )
  return { time, attributes, text: blank < 0 ? '' : rest.slice(blank + 1) }
}
