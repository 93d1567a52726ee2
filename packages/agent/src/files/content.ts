import { invalid, notFound } from '@essaim/base'
import type { Config, Secret, Task } from '@essaim/api-types'
import { containerSpec } from '../container/request.js'
import { expand, templateFields, type NodeFacts } from '../container/template.js'

/** The secrets and configs that the node holds, by id. */
export interface Materials {
  /** Whether the managers have said since the start what there is. */
  readonly heard: boolean
  secret(id: string): Secret | undefined
  config(id: string): Config | undefined
}

/** A secret or a config as the container sees it. */
export interface FileContent {
  target: string
  data: Buffer
  mode: number
  uid: number
  gid: number
}

interface FileTarget {
  Name?: string
  UID?: string
  GID?: string
  Mode?: number
}

/** Who reads a file that does not say: all (Docker's default mode). */
const defaultMode = 0o444

/** The files that a task asks for. Throws when one of them is not on this node. */
export function fileContents(task: Task, materials: Materials, node: NodeFacts): FileContent[] {
  const spec = containerSpec(task)
  const secrets = (spec.Secrets ?? []).flatMap(({ SecretID: id = '', SecretName: name = '', File: file }) => {
    if (!file) return []
    const secret = materials.secret(id)
    if (!secret) throw notFound('task.secret-missing', `unable to get secret from secret store: secret ${name} (${id})`)
    return [describe(file, '/run/secrets', filled(secret.Spec, task, materials, node))]
  })
  const configs = (spec.Configs ?? []).flatMap(({ ConfigID: id = '', ConfigName: name = '', File: file }) => {
    if (!file) return []
    const config = materials.config(id)
    if (!config) throw notFound('task.config-missing', `unable to get config from config store: config ${name} (${id})`)
    return [describe(file, '/', filled(config.Spec, task, materials, node))]
  })
  return [...secrets, ...configs]
}

function describe(file: FileTarget, folder: string, data: Buffer): FileContent {
  const name = file.Name ?? ''
  return {
    target: name.startsWith('/') ? name : `${folder === '/' ? '' : folder}/${name}`,
    data,
    mode: (file.Mode ?? defaultMode) & 0o777,
    uid: owner(file.UID, 'UID'),
    gid: owner(file.GID, 'GID'),
  }
}

function owner(id: string | undefined, field: string): number {
  if (id === undefined || id === '') return 0
  if (/^\d+$/.test(id)) return Number(id)
  throw invalid('task.file-owner', `invalid ${field} "${id}" of a secret or config: a number is needed`)
}

/** Data travels as base64. A templated object is expanded anew for each task. */
function filled(spec: Secret['Spec'] | Config['Spec'], task: Task, materials: Materials, node: NodeFacts): Buffer {
  const data = Buffer.from(spec.Data ?? '', 'base64')
  if (spec.Templating?.Name !== 'golang') return data
  const { Secrets: secrets = [], Configs: configs = [], Env: env = [] } = containerSpec(task)
  const byTarget = (kind: 'secret' | 'config', wanted: string): string => {
    const id =
      kind === 'secret'
        ? secrets.find(({ File: file, SecretName: name }) => file?.Name === wanted || name === wanted)?.SecretID
        : configs.find(({ File: file, ConfigName: name }) => file?.Name === wanted || name === wanted)?.ConfigID
    const found = kind === 'secret' ? materials.secret(id ?? '') : materials.config(id ?? '')
    if (!found) throw notFound('task.template', `cannot expand {{${kind} "${wanted}"}}: ${kind} target not found`)
    return Buffer.from(found.Spec.Data ?? '', 'base64').toString()
  }
  const text = expand(data.toString(), templateFields(task, node), {
    env: (name) => env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1) ?? '',
    secret: (name) => byTarget('secret', name),
    config: (name) => byTarget('config', name),
  })
  return Buffer.from(text)
}
