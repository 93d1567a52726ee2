import { removal } from '../../core/each.js'

export default removal('config', 'essaim config rm db', ({ client }, name) => client.configs.remove(name))
