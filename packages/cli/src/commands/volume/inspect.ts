import { inspection } from '../../core/each.js'

export default inspection('volume', "essaim volume inspect data --format '{{.Mountpoint}}'", ({ client }, name) =>
  client.volumes.inspect(name),
)
