import { inspection } from '../../core/each.js'

export default inspection('config', "essaim config inspect db --format '{{.Spec.Name}}'", ({ client }, name) =>
  client.configs.inspect(name),
)
