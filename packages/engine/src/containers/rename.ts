import { EssaimError, invalid } from '@essaim/base'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { checkName } from './names.js'

export async function renameContainer(deps: ContainerDeps, ref: string, wanted: string): Promise<void> {
  if (wanted === '') throw invalid('container.name', 'Neither old nor new names may be empty')
  const { registry, sandboxes } = deps
  const container = registry.find(ref)
  const { record, id } = container
  await deps.locks.run(id, async () => {
    const old = record.name
    if (wanted.replace(/^\//, '') === old) {
      throw invalid('container.same-name', 'Renaming a container with the same name as its current name')
    }
    const name = reserve(deps, wanted, id)
    try {
      await sandboxes.rename(id, name)
      record.name = name
      await registry.save(container)
    } catch (error) {
      record.name = old
      registry.release(name, id)
      throw error
    }
    registry.release(old, id)
    publish(deps, container, 'rename', { oldName: `/${old}` })
  })
}

function reserve({ registry }: ContainerDeps, wanted: string, id: string): string {
  try {
    const name = checkName(wanted.startsWith('/') ? wanted : `/${wanted}`)
    registry.reserve(name, id)
    return name
  } catch (error) {
    if (!(error instanceof EssaimError)) throw error
    throw new EssaimError(error.kind, error.code, `Error when allocating new name: ${error.message}`, { cause: error })
  }
}
