import type { TaskSpec } from '@essaim/api-types'
import type { Client } from '@essaim/client'
import { fileUseOf } from './options.js'

type Container = NonNullable<TaskSpec['ContainerSpec']>

/** The secrets and configs of flags, with their ids; what is not there is refused by the engine's own words. */
export async function fileReferences(
  client: Client,
  secrets: string[],
  configs: string[],
): Promise<Pick<Container, 'Secrets' | 'Configs'>> {
  const Secrets = await Promise.all(
    secrets.map(fileUseOf).map(async ({ name, File }) => {
      const { ID } = await client.secrets.inspect(name)
      return { SecretID: ID, SecretName: name, File }
    }),
  )
  const Configs = await Promise.all(
    configs.map(fileUseOf).map(async ({ name, File }) => {
      const { ID } = await client.configs.inspect(name)
      return { ConfigID: ID, ConfigName: name, File: { ...File, Name: File.Name === name ? `/${name}` : File.Name } }
    }),
  )
  return { ...(Secrets.length > 0 && { Secrets }), ...(Configs.length > 0 && { Configs }) }
}
