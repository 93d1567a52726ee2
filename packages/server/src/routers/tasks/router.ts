import { json } from '../../http/answer.js'
import { param } from '../../http/call.js'
import { logsOptions } from '../../http/logs-options.js'
import { route, type Route } from '../../http/router.js'
import type { TasksBackend } from './backend.js'

export function taskRoutes(backend: TasksBackend): Route[] {
  return [
    route('GET', '/tasks', async (call) => json(await backend.list(call.query.filters()))),
    route('GET', '/tasks/{id}', async (call) => json(await backend.inspect(param(call, 'id')))),
    route('GET', '/tasks/{id}/logs', async (call) => {
      const options = logsOptions(call.query)
      const logs = await backend.logs(param(call, 'id'), options, call.signal)
      return { kind: 'logs', logs, timestamps: options.timestamps, details: options.details }
    }),
  ]
}
