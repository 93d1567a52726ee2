import { inspection } from '../../core/each.js'

export default inspection('network', "essaim network inspect shop --format '{{.Driver}}'", ({ client }, name) =>
  client.networks.inspect(name),
)
