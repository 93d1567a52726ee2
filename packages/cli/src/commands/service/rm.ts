import { removal } from '../../core/each.js'

export default removal('service', 'essaim service rm web', ({ client }, name) => client.services.remove(name))
