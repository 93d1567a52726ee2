import type { Client } from '@essaim/client'

/** The node's id for `self`, which the API does not know; other names are the engine's to find. */
export async function nodeRef(client: Client, name: string): Promise<string> {
  if (name !== 'self') return name
  const { Swarm } = await client.system.info()
  return Swarm?.NodeID || name
}
