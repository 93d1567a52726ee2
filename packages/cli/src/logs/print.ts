import type { StreamChunk } from '@essaim/api-types'
import type { LogQuery } from '@essaim/client'
import type { Context } from '../core/context.js'
import { bool, text } from '../core/flags.js'
import type { FlagValues } from '../core/flags.js'

export const logFlags = {
  details: bool('Show the attributes that the log driver keeps'),
  follow: bool('Go on with new output', { short: 'f' }),
  since: text('Output since then: a time, or how long ago (10m)', { value: 'TIME' }),
  until: text('Output before then', { value: 'TIME' }),
  tail: text('Only so many lines from the end', { short: 'n', value: 'N' }),
  timestamps: bool('Show when each line was written', { short: 't' }),
}

export const serviceLogFlags = {
  ...logFlags,
  raw: bool('Lines as they were written, without the task before them'),
  'no-trunc': bool('Do not cut ids'),
  'no-task-ids': bool('No task ids before the lines'),
  'no-resolve': bool('Show ids instead of names'),
}

export function logQuery(flags: FlagValues<typeof logFlags>): LogQuery {
  const { details, follow, since, until, tail, timestamps } = flags
  return { details, follow, since, until, tail, timestamps }
}

/** Changes a line before it is printed. */
export type LinePrefix = (line: string) => string

/** Prints what comes, each stream to its own; with a prefix, whole lines only. */
export async function printLogs(
  context: Context,
  chunks: AsyncIterable<StreamChunk>,
  prefix?: LinePrefix,
): Promise<void> {
  const pending = { stdout: '', stderr: '' }
  const { out, err, interrupted } = context
  const target = { stdout: out, stderr: err }
  try {
    for await (const { stream, data } of chunks) {
      if (!prefix) {
        target[stream].write(data)
        continue
      }
      const lines = (pending[stream] + data.toString()).split('\n')
      pending[stream] = lines.pop() ?? ''
      for (const line of lines) target[stream].write(`${prefix(line)}\n`)
    }
  } catch (error) {
    if (!interrupted.aborted) throw error
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    if (prefix && pending[stream] !== '') target[stream].write(prefix(pending[stream]))
  }
}
