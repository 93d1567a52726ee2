import { removal } from '../../core/each.js'

export default removal('secret', 'essaim secret rm db', ({ client }, name) => client.secrets.remove(name))
