export { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.js'
export type * from './backends.js'
