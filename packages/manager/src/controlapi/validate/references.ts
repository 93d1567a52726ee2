import type { TaskSpec } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { invalidArgument } from '../refusal.js'

interface Reference {
  id: string
  name: string
  target: string | undefined
}

const refused = (message: string): Error => invalidArgument('service.reference', message)

/** The secrets and configs that a specification names: whole, and at different targets. */
export function checkReferences(spec: TaskSpec): void {
  checkOne('secret', secretsOf(spec))
  checkOne('config', configsOf(spec))
}

/** Refuses those that do not exist, or go by another name. */
export function checkExistence(view: View, spec: TaskSpec): void {
  checkStored('secret', view, secretsOf(spec))
  checkStored('config', view, configsOf(spec))
}

function checkOne(noun: 'secret' | 'config', references: Reference[]): void {
  const seen = new Map<string, string>()
  for (const { id, name, target } of references) {
    if (id === '' || name === '') throw refused(`malformed ${noun} reference`)
    if (target === undefined) {
      if (noun === 'secret') throw refused('malformed secret reference, no target provided')
      continue
    }
    if (target === '') throw refused(`malformed file ${noun} reference, invalid target file name provided`)
    const other = seen.get(target)
    if (other !== undefined) {
      throw refused(`${noun} references '${other}' and '${name}' have a conflicting target: '${target}'`)
    }
    seen.set(target, name)
  }
}

function checkStored(noun: 'secret' | 'config', view: View, references: Reference[]): void {
  const missing = references.filter(({ id, name }) => view.get(noun, id)?.Spec.Name !== name).map(({ name }) => name)
  if (missing.length === 0) return
  throw refused(`${missing.length === 1 ? noun : `${noun}s`} not found: ${missing.join(', ')}`)
}

const secretsOf = (spec: TaskSpec): Reference[] =>
  (spec.ContainerSpec?.Secrets ?? []).map(({ SecretID = '', SecretName = '', File }) => ({
    id: SecretID,
    name: SecretName,
    target: File && (File.Name ?? ''),
  }))

const configsOf = (spec: TaskSpec): Reference[] =>
  (spec.ContainerSpec?.Configs ?? []).map(({ ConfigID = '', ConfigName = '', File }) => ({
    id: ConfigID,
    name: ConfigName,
    target: File && (File.Name ?? ''),
  }))
