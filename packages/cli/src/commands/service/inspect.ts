import { inspection } from '../../core/each.js'

export default inspection('service', "essaim service inspect web --format '{{json .Spec}}'", ({ client }, name) =>
  client.services.inspect(name),
)
