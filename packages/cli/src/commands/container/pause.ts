import { deed } from '../../core/each.js'

export default deed(
  'container',
  'Hold all processes of containers still.',
  'essaim container pause web',
  ({ client }, name) => client.containers.pause(name),
)
