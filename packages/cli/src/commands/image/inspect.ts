import { inspection } from '../../core/each.js'

export default inspection('image', "essaim image inspect nginx --format '{{.Config.Cmd}}'", ({ client }, name) =>
  client.images.inspect(name),
)
