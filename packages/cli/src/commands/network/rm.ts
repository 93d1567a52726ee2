import { removal } from '../../core/each.js'

export default removal('network', 'essaim network rm shop', ({ client }, name) => client.networks.remove(name))
