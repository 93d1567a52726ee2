import { inspection } from '../../core/each.js'

export default inspection(
  'container',
  "essaim container inspect web --format '{{.State.Status}}'",
  ({ client }, name) => client.containers.inspect(name),
)
