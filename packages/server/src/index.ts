export { createApiServer, type ApiServer, type ApiServerOptions } from './api-server.js'
export type * from './backends.js'
export type * from './routers/build/backend.js'
