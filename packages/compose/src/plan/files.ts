import type { ConfigSpec, SecretSpec, TaskSpec } from '@essaim/api-types'
import { readNamed, type Surroundings } from '../environment.js'
import { problem, shown } from '../problem.js'
import type { Located } from '../read/reader.js'
import type { FileModel } from '../shape/compose-file.js'
import type { FileUse } from '../shape/files.js'
import type { Namespace } from './namespace.js'

type Kind = 'secret' | 'config'
type Section = Record<string, Located<FileModel>> | undefined
export type SecretUse = NonNullable<NonNullable<TaskSpec['ContainerSpec']>['Secrets']>[number]

/** The secrets or configs that the stack owns, with their data in base64; external ones are left out. */
export function planFiles(
  kind: Kind,
  section: Section,
  namespace: Namespace,
  around: Surroundings,
): (SecretSpec & ConfigSpec & { Name: string })[] {
  const own = Object.entries(section ?? {}).filter(([, { value }]) => !value.external?.external)
  return own.map(([key, found]) => {
    const { value } = found
    return {
      Name: value.name ?? namespace.scope(key),
      Labels: namespace.labels(value.labels),
      Data: dataOf(kind, found, around),
      ...(value.driver !== undefined && {
        Driver: { Name: value.driver, ...(value.driver_opts && { Options: value.driver_opts }) },
      }),
      ...(value.template_driver !== undefined && { Templating: { Name: value.template_driver } }),
    }
  })
}

function dataOf(kind: Kind, found: Located<FileModel>, around: Surroundings): string {
  const { file, environment, content, driver } = found.value
  const given = Object.entries({ file, environment, content, driver }).filter(([, value]) => value !== undefined)
  const [first, second] = given.map(([key]) => key)
  if (first === undefined) {
    throw problem(
      found.at,
      found.path,
      `where is its data? Set file, environment, ${kind === 'config' ? 'content, ' : ''}or external: true`,
    )
  }
  if (second !== undefined) throw problem(found.at, found.path, `${first} and ${second} exclude each other`)
  if (file !== undefined) return Buffer.from(readNamed(file, found, around)).toString('base64')
  if (content !== undefined) return Buffer.from(content).toString('base64')
  if (environment === undefined) return ''
  const value = around.lookup(environment)
  if (value === undefined) {
    throw problem(found.at, `${found.path}.environment`, `the variable ${shown(environment)} is not set`)
  }
  return Buffer.from(value).toString('base64')
}

export interface PlannedUse {
  name: string
  file: { Name: string; UID: string; GID: string; Mode: number }
}

/** What a service uses, by the names that the cluster knows, in the order of those. */
export function planUses(
  kind: Kind,
  uses: Located<FileUse>[] | undefined,
  section: Section,
  namespace: Namespace,
): PlannedUse[] {
  const planned = (uses ?? []).map(({ value: use, at, path }) => ({
    name: clusterName(kind, use.source, { at, path, value: use }, section, namespace),
    file: { Name: use.target ?? use.source, UID: use.uid ?? '0', GID: use.gid ?? '0', Mode: use.mode ?? 0o444 },
  }))
  return planned.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

export function clusterName(
  kind: Kind,
  key: string,
  use: Located<unknown>,
  section: Section,
  namespace: Namespace,
): string {
  const found = section?.[key]?.value
  if (!found) {
    const known = Object.keys(section ?? {})
      .toSorted()
      .join(', ')
    const rest = `the section ${kind}s ${known === '' ? 'is empty' : `has ${known}`}`
    throw problem(use.at, use.path, `undefined ${kind} ${shown(key)}; ${rest}`)
  }
  if (found.external?.external) return found.external.name ?? found.name ?? key
  return found.name ?? namespace.scope(key)
}
