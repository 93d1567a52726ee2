import { inspection } from '../../core/each.js'

export default inspection('secret', "essaim secret inspect db --format '{{.Spec.Name}}'", ({ client }, name) =>
  client.secrets.inspect(name),
)
