import type { NodeDescription, Task } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { slotOf, taskName } from './names.js'

/** The node that a task runs on, as templates see it. */
export interface NodeFacts {
  id: string
  hostname: string
  platform: NonNullable<NodeDescription['Platform']>
}

/** Functions that a template may call besides `index`: `env`, `secret` and `config` in templated files. */
export type TemplateFunctions = Record<string, (argument: string) => string>

/** What `{{.Service.Name}}` and its like may name (docs.docker.com: "Create services using templates"). */
export function templateFields(task: Task, node: NodeFacts): object {
  return {
    Service: { ID: task.ServiceID ?? '', Name: task.Internal.ServiceName, Labels: task.Internal.ServiceLabels },
    Node: {
      ID: node.id,
      Hostname: node.hostname,
      Platform: { OS: node.platform.OS ?? '', Architecture: node.platform.Architecture ?? '' },
    },
    Task: { ID: task.ID, Name: taskName(task), Slot: slotOf(task) },
  }
}

/** Replaces every `{{...}}` of `text`. Throws for what does not exist, with the expression. */
export function expand(text: string, fields: object, functions: TemplateFunctions = {}): string {
  return text.replace(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_, expression: string) => evaluate(expression, fields, functions))
}

function evaluate(expression: string, fields: object, functions: TemplateFunctions): string {
  const words = expression.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|\S+/g) ?? []
  const [first = '', ...rest] = words
  let value: unknown
  if (first.startsWith('.') && rest.length === 0) value = select(first, fields, expression)
  else if (first === 'index' && rest.length === 2) {
    const map = select(rest[0] ?? '', fields, expression) as Record<string, unknown>
    value = map[literal(rest[1] ?? '', expression)] ?? ''
  } else if (Object.hasOwn(functions, first) && rest.length === 1) {
    value = functions[first]?.(literal(rest[0] ?? '', expression))
  } else throw invalid('template.expression', `cannot expand {{${expression}}}: not a field or a known function`)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function select(path: string, fields: object, expression: string): unknown {
  return path
    .split('.')
    .filter(Boolean)
    .reduce<unknown>((at, name) => {
      if (typeof at === 'object' && at !== null && Object.hasOwn(at, name)) return (at as Record<string, unknown>)[name]
      throw invalid('template.field', `cannot expand {{${expression}}}: can't evaluate field ${name}`)
    }, fields)
}

function literal(word: string, expression: string): string {
  if (word.startsWith('"')) return JSON.parse(word) as string
  if (word.startsWith('`')) return word.slice(1, -1)
  throw invalid('template.literal', `cannot expand {{${expression}}}: ${word} is not a quoted text`)
}
