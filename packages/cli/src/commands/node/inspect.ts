import { inspection } from '../../core/each.js'

export default inspection('node', "essaim node inspect self --format '{{.Spec.Availability}}'", ({ client }, name) =>
  client.nodes.inspect(name),
)
