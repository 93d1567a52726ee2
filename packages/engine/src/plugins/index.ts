export { dockerFolders, type PluginFolders } from './find.js'
export { Plugins, type Plugin } from './plugins.js'
