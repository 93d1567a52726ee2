import { deed } from '../../core/each.js'

export default deed(
  'container',
  'Let the processes of paused containers go on.',
  'essaim container unpause web',
  ({ client }, name) => client.containers.unpause(name),
)
