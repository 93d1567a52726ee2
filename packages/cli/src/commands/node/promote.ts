import { deed } from '../../core/each.js'
import { nodeRef } from '../../session/node.js'

export default deed('node', 'Make workers managers.', 'essaim node promote node2', async ({ client }, name) => {
  const { ID, Version, Spec } = await client.nodes.inspect(await nodeRef(client, name))
  await client.nodes.update(ID, Version.Index, { ...Spec, Role: 'manager' })
})
