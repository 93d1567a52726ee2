import type { LogsOptions } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { Query } from './query.js'

/** The options of every call for logs: of a container, a service or a task. */
export function logsOptions(query: Query): LogsOptions {
  const stdout = query.flag('stdout')
  const stderr = query.flag('stderr')
  if (!stdout && !stderr) throw invalid('logs.streams', 'Bad parameters: you must choose at least one stream')
  const since = query.time('since')
  const until = query.time('until')
  const tail = tailOf(query.text('tail'))
  return {
    follow: query.flag('follow'),
    stdout,
    stderr,
    timestamps: query.flag('timestamps'),
    details: query.flag('details'),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(tail !== undefined && { tail }),
  }
}

/** Whatever is not a count of lines means all of them, as in Docker. */
function tailOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined
}
