/** What a template may name, with the words in which Go's text/template speaks of each structure. */
interface Shape {
  type: string
  fields: Record<string, Shape>
}

const leaf = (type = 'string'): Shape => ({ type, fields: {} })
const platform: Shape = { type: 'template.Platform', fields: { Architecture: leaf(), OS: leaf() } }
const context: Shape = {
  type: '*template.Context',
  fields: {
    Service: {
      type: 'struct { ID string; Name string; Labels map[string]string }',
      fields: { ID: leaf(), Name: leaf(), Labels: leaf('map[string]string') },
    },
    Node: {
      type: 'struct { ID string; Hostname string; Platform template.Platform }',
      fields: { ID: leaf(), Hostname: leaf(), Platform: platform },
    },
    Task: {
      type: 'struct { ID string; Name string; Slot string }',
      fields: { ID: leaf(), Name: leaf(), Slot: leaf() },
    },
  },
}

const functions = new Set(['index'])

/** Why the placeholders of `text` cannot be filled in, as Go says it after the template's name; undefined when they can. */
export function templateError(text: string): string | undefined {
  for (let open = text.indexOf('{{'); open >= 0; open = text.indexOf('{{', open + 2)) {
    const close = text.indexOf('}}', open)
    if (close < 0) return ': unclosed action'
    const action = text.slice(open + 2, close)
    const [, name] = /^-?\s*([a-zA-Z_]\w*)/.exec(action) ?? []
    if (name !== undefined && !functions.has(name)) return `: function "${name}" not defined`
    const error = fieldError(action, open + 2)
    if (error !== undefined) return error
  }
  return undefined
}

/** Looks up every path of fields in one action, which begins at `offset`. */
function fieldError(action: string, offset: number): string | undefined {
  for (const match of action.replace(/"[^"]*"|`[^`]*`/g, blank).matchAll(/(?:\.\w+)+/g)) {
    const [path] = match
    let shape = context
    let at = offset + match.index
    for (const name of path.slice(1).split('.')) {
      const next = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined
      if (next === undefined && shape.type === 'map[string]string') break
      if (next === undefined) {
        return `:${at}: executing "expansion" at <${path}>: can't evaluate field ${name} in type ${shape.type}`
      }
      shape = next
      at += name.length + 1
    }
  }
  return undefined
}

const blank = (text: string): string => ' '.repeat(text.length)
