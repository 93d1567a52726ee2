import { inspection } from '../../core/each.js'
import { nodeRef } from '../../session/node.js'

export default inspection(
  'node',
  "essaim node inspect self --format '{{.Spec.Availability}}'",
  async ({ client }, name) => client.nodes.inspect(await nodeRef(client, name)),
)
